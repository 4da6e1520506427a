package optout

import (
	"errors"
	"sync"
)

// logState is why a log takes nothing, and who is told of that.
type logState struct {
	mu     sync.Mutex
	err    error
	notify func(error)
}

// set sets why the log takes nothing, nil if it does. What is set for a file that was replaced or
// damaged stays.
func (s *logState) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.err, ErrReplaced) || errors.Is(s.err, err) {
		return
	}
	s.err = err
	if s.notify != nil {
		s.notify(err)
	}
}

func (s *logState) get() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// failure returns what keeps the log from being written for good.
func (s *logState) failure() error {
	if err := s.get(); errors.Is(err, ErrReplaced) {
		return err
	}
	return nil
}

// tell sets who is told of a change, and tells what is so now, if that is a failure.
func (s *logState) tell(f func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.notify = f; s.err != nil {
		f(s.err)
	}
}
