package progress

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// patience is how long work may take before anything is shown.
	patience = 2 * time.Second
	// interval is the time between two looks at the work, and two drawings of the line.
	interval = 200 * time.Millisecond
)

// Unit is what is counted.
type Unit string

// Bytes are shown in kB, MB and so on. Any other unit is a noun in the singular.
const Bytes Unit = "byte"

// Line shows the progress of one piece of work. All methods may be called on nil, which shows
// nothing, and concurrently.
type Line struct {
	screen                   *Screen
	what                     atomic.Value // a string
	unit                     Unit
	done, part, whole        atomic.Int64
	skippedDone, skippedPart atomic.Int64
	stop, stopped            chan struct{}
	once                     sync.Once
}

// Start returns the line of a piece of work, of which what is the name, if it needs one. End must
// be called. Without a terminal it is nil.
func (s *Screen) Start(what string, unit Unit) *Line {
	if s == nil || !s.draws {
		return nil
	}
	l := &Line{screen: s, unit: unit, stop: make(chan struct{}), stopped: make(chan struct{})}
	l.Describe(what)
	go l.follow()
	return l
}

// Describe gives the work another name.
func (l *Line) Describe(what string) {
	if l != nil {
		l.what.Store(what)
	}
}

// Add adds to what is done.
func (l *Line) Add(n int) {
	if l != nil {
		l.done.Add(int64(n))
	}
}

// Whole sets how much there is to do, in whatever unit it is known: an input's bytes, for example.
// Without it, the time that is left isn't known either.
func (l *Line) Whole(n int64) {
	if l != nil {
		l.whole.Store(n)
	}
}

// AddPart adds to how much of the whole is done.
func (l *Line) AddPart(n int64) {
	if l != nil {
		l.part.Add(n)
	}
}

// Skip adds what was done some other time, and says nothing about how fast it goes.
func (l *Line) Skip(n int, part int64) {
	if l != nil {
		l.skippedDone.Add(int64(n))
		l.skippedPart.Add(part)
	}
}

// End clears the line. Only the first call does.
func (l *Line) End() {
	if l == nil {
		return
	}
	l.once.Do(func() {
		close(l.stop)
		<-l.stopped
		l.screen.end()
	})
}

// follow looks at the work until it ends.
func (l *Line) follow() {
	defer close(l.stopped)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	start := time.Now()
	pace := newPace(start, l.now())
	for {
		select {
		case <-l.stop:
			return
		case now := <-tick.C:
			at := l.now()
			pace.add(now, at)
			if now.Sub(start) >= patience {
				l.screen.draw(l.text(at, pace, now.Sub(start)))
			}
		}
	}
}

func (l *Line) now() point {
	return point{
		done: float64(l.done.Load()), part: float64(l.part.Load()), whole: float64(l.whole.Load()),
		skippedDone: float64(l.skippedDone.Load()), skippedPart: float64(l.skippedPart.Load()),
	}
}
