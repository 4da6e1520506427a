package main

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Everything is sent when it is due, though the first ones stall everything that they can.
func TestOpenLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		at, due := map[int]time.Duration{}, map[int]time.Duration{}
		sent, dropped := openLoop(t.Context(), 100, time.Second, func(n int, dueAt time.Time) {
			mu.Lock()
			at[n], due[n] = time.Since(start), dueAt.Sub(start)
			mu.Unlock()
			if n < 50 {
				time.Sleep(time.Minute)
			}
		})
		if sent != 100 || dropped != 0 || len(at) != 100 {
			t.Errorf("%d sent, %d dropped, %d came", sent, dropped, len(at))
		}
		for n := range sent {
			if want := time.Duration(n) * 10 * time.Millisecond; at[n] != want || due[n] != want {
				t.Errorf("the one of %v came at %v, due at %v", want, at[n], due[n])
			}
		}
		if took := time.Since(start); took < time.Minute {
			t.Errorf("it returned after %v, while some were under way", took)
		}
	})
}

// A server that stands still is overrun at some point, which is counted, and isn't waited for.
func TestOpenLoopOverrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent, dropped := openLoop(t.Context(), 1000, 5*time.Second, func(int, time.Time) { time.Sleep(time.Hour) })
		if sent != mostOutstanding || dropped != 5000-mostOutstanding {
			t.Errorf("%d sent, %d dropped", sent, dropped)
		}
	})
}

func TestOpenLoopEndsEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 95*time.Millisecond)
		defer cancel()
		if sent, _ := openLoop(ctx, 100, time.Hour, func(int, time.Time) {}); sent != 10 {
			t.Errorf("%d sent", sent)
		}
	})
}

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 35*time.Second)
		defer cancel()
		start := time.Now()
		var at []time.Duration
		every(ctx, 10*time.Second, func(int) { at = append(at, time.Since(start)) })
		if !slices.Equal(at, []time.Duration{10 * time.Second, 20 * time.Second, 30 * time.Second}) {
			t.Errorf("called at %v", at)
		}
	})
}
