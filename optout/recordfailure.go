package optout

import (
	"context"
	"errors"
	"time"
)

// recordFailure is why an opt-out couldn't be added, and when.
type recordFailure struct {
	at  time.Time
	err error
}

// failedToRecord counts and keeps an error of Record, and returns it. That somebody stopped waiting
// says nothing of the log.
func (s *Store) failedToRecord(err error) error {
	s.failures.Add(1)
	if !errors.Is(err, context.Canceled) {
		s.lastFailure.Store(&recordFailure{s.now(), err})
	}
	return err
}

// LastFailure returns when the last opt-out couldn't be added, and why; no error if one has been
// added since.
func (s *Store) LastFailure() (at time.Time, err error) {
	if failure := s.lastFailure.Load(); failure != nil {
		return failure.at, failure.err
	}
	return time.Time{}, nil
}
