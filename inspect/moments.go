package inspect

import (
	"fmt"
	"time"
)

// units are those of durations for people, the largest first. A unit is used from twice its size
// on, so that no figure is off by more than half.
var units = []struct {
	name string
	size time.Duration
}{
	{"y", 365 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond},
}

// duration writes milliseconds for people, in one unit, rounded down.
func duration(ms uint64) string {
	for _, u := range units {
		size := uint64(u.size / time.Millisecond)
		if ms >= 2*size || ms == size || size == 1 {
			return fmt.Sprintf("%d %s", ms/size, u.name)
		}
	}
	return ""
}

// apart returns how far two times are apart, in milliseconds, without overflow.
func apart(a, b int64) uint64 { return uint64(max(a, b)) - uint64(min(a, b)) }

// distance says how far a time is from now: "2 h ago", "in 5 d", "now".
func distance(ms, nowMs int64) string {
	switch {
	case ms == nowMs:
		return "now"
	case ms < nowMs:
		return duration(apart(ms, nowMs)) + " ago"
	}
	return "in " + duration(apart(ms, nowMs))
}

func moment(name string, ms, nowMs int64) Moment {
	return Moment{Name: name, Ms: ms, Ago: distance(ms, nowMs)}
}

// lastYear is the last one that time's layout of four digits can write.
const lastYear = 9999

// clock writes a time with its zone, for sentences.
func clock(ms int64) string {
	at := time.UnixMilli(ms).UTC()
	if at.Year() > lastYear || at.Year() < 0 {
		return "a time beyond all calendars"
	}
	return at.Format("2006-01-02 15:04:05 UTC")
}
