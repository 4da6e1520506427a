// Package waitgroup provides sync.WaitGroup with the method Go, which the standard library has from
// Go 1.25 on.
package waitgroup

import "sync"

// Group waits for goroutines. The zero value is ready; it must not be copied after first use.
type Group struct{ running sync.WaitGroup }

// Go runs f in a goroutine of its own.
func (g *Group) Go(f func()) {
	g.running.Add(1)
	go func() {
		defer g.running.Done()
		f()
	}()
}

// Wait returns when all functions given to Go have returned.
func (g *Group) Wait() { g.running.Wait() }
