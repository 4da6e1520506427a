package optout

import (
	"context"
	"sync"
)

// signal wakes goroutines that wait for a change. The zero value is ready to use. Ringing is cheap
// while nobody waits.
type signal struct {
	mu   sync.Mutex
	wake chan struct{} // nil while nobody waits
}

// next returns a channel that the next ring closes.
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

// until waits until so returns true. Whoever changes its result must ring afterwards.
func (s *signal) until(ctx context.Context, so func() bool) error {
	for {
		changed := s.next() // before so is called, or a change in between would be missed
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
