package operator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// refusedPause is how long refused credentials aren't tried again while others work. Operators may
// learn of new ones some minutes late.
const refusedPause = time.Minute

// maxPairs is how many pairs a call is tried with, should the source have another one each time.
const maxPairs = 4

// rotation is the credentials of a client, which may be replaced while it runs. For a time there
// are several: those that source returns are only used once the operator has answered a call with
// them, and those from before remain, as each of both may be refused at any time.
type rotation struct {
	source func(context.Context) (Credentials, error) // nil: the credentials stay as they are
	now    func() time.Time

	mu        sync.Mutex
	inUse     Credentials // the operator has answered these last
	before    Credentials // and these before
	offered   Credentials // source has returned these last
	refusedAt time.Time   // when the operator refused them; zero if it hasn't
	refusal   error
	sourceErr error
	replaced  uint64
	failures  uint64
}

// current returns the credentials in use.
func (r *rotation) current() Credentials {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.inUse
}

// call calls do with credentials until they aren't refused, with each pair at most once.
func (r *rotation) call(ctx context.Context, do func(Credentials) ([]byte, error)) ([]byte, error) {
	if r.source == nil {
		return do(r.inUse)
	}
	var tried []Credentials
	var last error
	for len(tried) < maxPairs {
		r.ask(ctx)
		pair := r.next(tried)
		if pair.IsZero() {
			break
		}
		answer, err := do(pair)
		if err == nil {
			r.accepted(pair)
		}
		if !isRefusal(err) {
			return answer, err
		}
		r.refused(pair, err)
		tried, last = append(tried, pair), err
	}
	return nil, last
}

// isRefusal reports whether an error is about the credentials.
func isRefusal(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Kind == ErrUnauthorized || e.Kind == ErrClientSecret || e.HTTPStatus == http.StatusForbidden)
}

// ask asks the source. Without an answer, what it said before still holds.
func (r *rotation) ask(ctx context.Context) {
	got, err := r.source(ctx)
	if err == nil && got.IsZero() {
		err = fmt.Errorf("%w: none", ErrCredentials)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil && r.sourceErr == nil {
		r.failures++
	}
	r.sourceErr = err
	if err == nil && !got.same(r.offered) {
		r.offered, r.refusedAt, r.refusal = got, time.Time{}, nil
	}
}

// next returns the first pair that hasn't been tried, or none: what the source offers, unless it
// was refused a moment ago, what is in use, and what was before.
func (r *rotation) next(tried []Credentials) Credentials {
	r.mu.Lock()
	defer r.mu.Unlock()
	pairs := []Credentials{r.offered, r.inUse, r.before}
	if !r.refusedAt.IsZero() && r.now().Sub(r.refusedAt) < refusedPause {
		pairs = []Credentials{r.inUse, r.before, r.offered}
	}
	for _, pair := range pairs {
		if !pair.IsZero() && !slices.ContainsFunc(tried, pair.same) {
			return pair
		}
	}
	return Credentials{}
}

// accepted takes note that the operator has answered a call with these credentials.
func (r *rotation) accepted(pair Credentials) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if pair.same(r.offered) {
		r.refusedAt, r.refusal = time.Time{}, nil
	}
	if !pair.same(r.inUse) {
		r.before, r.inUse = r.inUse, pair
		r.replaced++
	}
}

// refused takes note that the operator refuses these credentials.
func (r *rotation) refused(pair Credentials, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !pair.same(r.offered) {
		return
	}
	if r.refusedAt.IsZero() {
		r.failures++
	}
	r.refusedAt, r.refusal = r.now(), err
}

// counts returns how often other credentials came into use, and how often new ones failed.
func (r *rotation) counts() (replaced, failures uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.replaced, r.failures
}

// err returns why the credentials in use aren't those that the source offers.
func (r *rotation) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.sourceErr != nil:
		return fmt.Errorf("operator: the credentials can't be read again, and those from before are used: %w", r.sourceErr)
	case r.refusal != nil && !r.offered.same(r.inUse):
		return fmt.Errorf("operator: the new credentials are refused, and those from before are used: %w", r.refusal)
	}
	return nil
}

// same reports whether both are the same API key and client secret. It needn't hide how long it
// takes, as both are the program's own.
func (c Credentials) same(other Credentials) bool {
	if c.IsZero() || other.IsZero() {
		return c.IsZero() && other.IsZero()
	}
	return c.held().apiKey == other.held().apiKey && bytes.Equal(c.held().secret, other.held().secret)
}
