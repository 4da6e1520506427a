package optout

import (
	"context"
	"sync"
)

// signal wakes those who wait for something to change. The zero value is ready. Ringing costs next
// to nothing while nobody waits.
type signal struct {
	mu   sync.Mutex
	wake chan struct{} // nil while nobody waits
}

// next returns what is closed by the next ring.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake == nil {
		s.wake = make(chan struct{})
	}
	return s.wake
}

func (s *signal) ring() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake != nil {
		close(s.wake)
		s.wake = nil
	}
}

// until waits until something is so. Whatever makes it so rings afterwards.
func (s *signal) until(ctx context.Context, so func() bool) error {
	for {
		changed := s.next() // before the question, or a change between the two would be missed
		if so() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
