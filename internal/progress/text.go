package progress

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/plural"
)

// text is the line: what it is, how much is done, how fast it goes, and how much is left.
func (l *Line) text(at point, p *pace, elapsed time.Duration) string {
	var parts []string
	if l.unit != "" {
		parts = append(parts, l.amount(at.done+at.skippedDone), l.rate(p.perSecond()))
	}
	if at.whole > 0 {
		parts = append(parts, fmt.Sprintf("%d %%", int(100*(1-at.rest()/at.whole))))
	}
	if left, known := p.left(); known {
		parts = append(parts, duration(left)+" left")
	} else {
		parts = append(parts, duration(elapsed)+" so far")
	}
	line := strings.Join(parts, ", ")
	if what, _ := l.what.Load().(string); what != "" {
		return what + ": " + line
	}
	return line
}

func (l *Line) amount(n float64) string {
	if l.unit == Bytes {
		return size(n)
	}
	return grouped(int64(n)) + " " + plural.Noun(int64(n), string(l.unit))
}

// rate is per minute where it would be nothing per second.
func (l *Line) rate(perSecond float64) string {
	switch {
	case l.unit == Bytes:
		return size(perSecond) + "/s"
	case perSecond < 1:
		return grouped(int64(60*perSecond)) + "/min"
	}
	return grouped(int64(perSecond)) + "/s"
}

// grouped writes a number with commas.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func size(bytes float64) string {
	for _, unit := range []string{"bytes", "kB", "MB", "GB"} {
		if bytes < 999.5 {
			return fmt.Sprintf("%.3g %s", bytes, unit)
		}
		bytes /= 1000
	}
	return fmt.Sprintf("%.3g TB", bytes)
}

// duration is no more exact than one knows.
func duration(d time.Duration) string {
	switch seconds := int((d + time.Second/2) / time.Second); {
	case seconds < 60:
		return fmt.Sprintf("%d s", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%d min %02d s", seconds/60, seconds%60)
	default:
		return fmt.Sprintf("%d h %02d min", seconds/3600, seconds/60%60)
	}
}
