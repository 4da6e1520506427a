package optout

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// secretsAge is how long secrets are used before they are read again, so that one that was
	// taken away ends.
	secretsAge = 10 * time.Second
	// secretsPause is the time between two readings because of requests with another secret,
	// which anybody can send.
	secretsPause = 100 * time.Millisecond
	// maxSecrets is how many may be valid at the same time.
	maxSecrets = 8
)

// secrets are the values of which a request must have one. They are read again from time to time,
// and when a request has another one. Those that can't be read, or are invalid, aren't used: the
// ones from before are.
type secrets struct {
	read  func() ([]string, error)
	check func([]string) error

	reading sync.Mutex                // while they are being read
	began   atomic.Pointer[time.Time] // the last reading

	held             atomic.Pointer[[]string] // nil if the first reading failed
	err              atomic.Pointer[error]    // of the last reading
	replaced, failed atomic.Uint64
}

// current returns the secrets, which are read again if they are old. Nobody waits for somebody
// else's reading.
func (s *secrets) current() []string {
	if time.Since(*s.began.Load()) > secretsAge && s.reading.TryLock() {
		s.readAgain()
		s.reading.Unlock()
	}
	return *s.held.Load()
}

// since returns the secrets of a reading that began later than a request arrived. Requests that
// wait for one share it.
func (s *secrets) since(arrived time.Time) []string {
	s.reading.Lock()
	defer s.reading.Unlock()
	if began := *s.began.Load(); !began.After(arrived) {
		time.Sleep(secretsPause - time.Since(began)) // not at all if it is negative
		s.readAgain()
	}
	return *s.held.Load()
}

// readAgain must be called with reading locked, or before there are requests.
func (s *secrets) readAgain() {
	now := time.Now()
	s.began.Store(&now)
	next, err := s.read()
	if err == nil {
		err = s.check(next)
	}
	if err != nil {
		if s.err.Swap(&err) == nil {
			s.failed.Add(1)
		}
		return
	}
	s.err.Store(nil)
	if before := s.held.Load(); before == nil || !slices.Equal(*before, next) {
		next = slices.Clone(next)
		s.held.Store(&next)
		s.replaced.Add(1)
	}
}

// failure returns why the secrets of before are in use.
func (s *secrets) failure() error {
	if err := loaded(&s.err); err != nil {
		return fmt.Errorf("optout: the secrets of the receiver can't be read again, and those from before are used: %w", err)
	}
	return nil
}
