package optout

import (
	"errors"
	"sync"
)

// logState is the reason why a log can't be written, or is damaged, and the function that is
// notified of changes.
type logState struct {
	mu     sync.Mutex
	err    error
	notify func(error)
}

// set sets that reason, nil if all is well. ErrReplaced is permanent.
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

// failure returns the error that permanently prevents writing the log, or nil.
func (s *logState) failure() error {
	if err := s.get(); errors.Is(err, ErrReplaced) {
		return err
	}
	return nil
}

// tell sets the function that is notified of changes, and calls it at once if there is an error
// now.
func (s *logState) tell(f func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.notify = f; s.err != nil {
		f(s.err)
	}
}
