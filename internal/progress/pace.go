package progress

import (
	"math"
	"time"
)

// point is how far the work is at a moment.
type point struct{ done, part, whole, skippedDone, skippedPart float64 }

// rest is how much of the whole is left.
func (p point) rest() float64 { return max(0, p.whole-p.part-p.skippedPart) }

// memory is how far a pace looks back: long enough that one slow batch doesn't make the time left
// jump, and short enough that it finds out when the work gets slower.
const memory = 20 * time.Second

// pace is how fast the work goes: a moving average, weighted by time, of which the first moments
// count in full.
type pace struct {
	at         time.Time
	last       point
	done, part float64 // per second, times weight
	weight     float64
}

func newPace(at time.Time, start point) *pace { return &pace{at: at, last: start} }

func (p *pace) add(now time.Time, at point) {
	seconds := now.Sub(p.at).Seconds()
	if seconds <= 0 {
		return
	}
	share := 1 - math.Exp(-seconds/memory.Seconds())
	p.done += share * ((at.done-p.last.done)/seconds - p.done)
	p.part += share * ((at.part-p.last.part)/seconds - p.part)
	p.weight += share * (1 - p.weight)
	p.at, p.last = now, at
}

// perSecond returns how much is done in a second.
func (p *pace) perSecond() float64 {
	if p.weight == 0 {
		return 0
	}
	return p.done / p.weight
}

// left returns how much time is left, if that is known.
func (p *pace) left() (left time.Duration, known bool) {
	if p.weight == 0 || p.last.whole <= 0 || p.part <= 0 {
		return 0, false
	}
	seconds := p.last.rest() / (p.part / p.weight)
	if seconds > math.MaxInt32 {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}
