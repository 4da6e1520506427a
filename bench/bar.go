package main

import (
	"context"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/progress"
)

// bar shows which section is measured and how much time is left. A section counts as done as fast
// as the time goes by, up to what it is known to take.
type bar struct {
	line    *progress.Line
	section string
	took    time.Duration
	stop    func() // ends the section's clock
}

func shownOn(screen *progress.Screen, e effort, chosen []section) *bar {
	b := &bar{line: screen.Start("", ""), stop: func() {}}
	var all time.Duration
	for _, s := range chosen {
		all += s.took[e]
	}
	b.line.Whole(int64(all))
	return b
}

// start begins a section.
func (b *bar) start(section string, took time.Duration) {
	b.section, b.took = section, took
	b.line.Describe(section)
	if b.line == nil {
		return
	}
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		b.pass(stopping)
	}()
	b.stop = func() { close(stopping); <-stopped }
}

// pass lets the time of a section go by, and then the rest of it at once.
func (b *bar) pass(stopping <-chan struct{}) {
	const step = 500 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	for left := b.took; ; {
		select {
		case <-stopping:
			b.line.Skip(0, int64(left))
			return
		case <-tick.C:
			done := min(left, step)
			left -= done
			b.line.AddPart(int64(done))
		}
	}
}

// finish ends a section.
func (b *bar) finish() {
	b.stop()
	b.stop = func() {}
}

func (b *bar) end() {
	b.finish()
	b.line.End()
}

type barKey struct{}

// say shows what a section is doing.
func say(ctx context.Context, what string) {
	if b, ok := ctx.Value(barKey{}).(*bar); ok {
		b.line.Describe(b.section + ": " + what)
	}
}
