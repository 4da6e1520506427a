//go:build go1.25

package optout

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// TestSignal: everybody who waits learns of a ring, and nobody who starts waiting after it.
func TestSignal(t *testing.T) {
	var s signal
	s.ring() // for nobody
	first, second := s.next(), s.next()
	for _, wake := range []<-chan struct{}{first, second} {
		select {
		case <-wake:
			t.Error("woken before the ring")
		default:
		}
	}
	s.ring()
	<-first
	<-second
	select {
	case <-s.next():
		t.Error("woken by an earlier ring")
	default:
	}
}

// TestSignalUntil: until returns once the condition holds, whichever ring comes before, or when the
// context ends; a change between the check and the wait isn't missed.
func TestSignalUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s signal
		so, asked := false, 0
		ended := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		wait := func() {
			ended <- s.until(ctx, func() bool { asked++; return so })
		}
		go wait()
		synctest.Wait()
		s.ring()
		synctest.Wait()
		if asked != 2 || len(ended) != 0 {
			t.Errorf("asked %d times, %d ended", asked, len(ended))
		}
		so = true
		s.ring()
		if err := <-ended; err != nil || asked != 3 {
			t.Errorf("%v, asked %d times", err, asked)
		}
		go wait()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		so = false
		if err := s.until(ctx, func() bool {
			defer func() { so = true; s.ring() }()
			return so
		}); err != nil {
			t.Error(err)
		}
		so = false
		go wait()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
