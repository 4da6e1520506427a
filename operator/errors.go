package operator

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What can be wrong with a call; see the package comment for what to do about each.
var (
	// ErrUnauthorized: HTTP 401. The API key is unknown, or lacks the role for the endpoint.
	ErrUnauthorized = errors.New("the API key is unknown or lacks the role")
	// ErrClientSecret: the operator can't open our envelope.
	ErrClientSecret = errors.New("operator and client don't share the client secret")
	// ErrClockSkew: the operator finds the time of our envelope off by about two minutes or more.
	ErrClockSkew = errors.New("the clocks of operator and client differ by minutes")
	// ErrThrottled: HTTP 429. The operator wants fewer calls.
	ErrThrottled = errors.New("throttled")
	// ErrUnavailable: no connection, no answer in time, HTTP 408, 425 or 5xx, or a proxy that
	// refuses.
	ErrUnavailable = errors.New("unavailable")
	// ErrRefreshToken: the operator will never take this refresh token: it is invalid or expired,
	// or its key is gone, and the user needs a new identity. Error.Status and Error.Message tell,
	// if the operator does.
	ErrRefreshToken = errors.New("the refresh token is invalid or has expired")
	// ErrResponseKey: the operator answered a refresh, and the answer doesn't open under the
	// identity's refresh_response_key. It won't the next time either, so the user needs a new
	// identity.
	ErrResponseKey = errors.New("the answer doesn't open under the identity's refresh_response_key")
	// ErrConsent: the consent string of a request can't be read.
	ErrConsent = errors.New("the consent string is invalid")
	// ErrRequest: another HTTP 4xx. The operator refuses the request as such.
	ErrRequest = errors.New("the request is refused")
	// ErrResponse: what came back is no answer to our call: garbage, changed, cut off, too large, a
	// redirect, a status that makes no sense, or the answer to another request. Error.Err says
	// which.
	ErrResponse = errors.New("not an answer of an operator")
	// ErrClosed: the Client was closed.
	ErrClosed = errors.New("the client is closed")
)

// Error says how a call failed. Its text contains no credential, no URL and nothing of a body. errors.Is finds Kind and
// what Err wraps.
type Error struct {
	// Kind is one of the errors above, or nil when the caller's context was cancelled.
	Kind error
	// HTTPStatus is the status of the answer, 0 if there was none.
	HTTPStatus int
	// Status is the operator's own word for it, such as client_error; "" unless the body had a plain one.
	Status string
	// Message is the operator's message if it is one of the known ones, else "".
	Message string
	// RetryAfter is how long the operator asked to wait, 0 if it didn't.
	RetryAfter time.Duration
	// Attempts is how often the call was tried. Connections that turned out to be closed don't
	// count.
	Attempts int
	// Err is the cause, if there is more to tell. It never comes from a body.
	Err error
}

// Error returns the text, which is the same for the same failure.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("operator: ")
	if e.Kind != nil {
		b.WriteString(e.Kind.Error())
	}
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, " (HTTP %d", e.HTTPStatus)
		if e.Status != "" {
			b.WriteString(", " + e.Status)
		}
		if e.Message != "" {
			b.WriteString(", " + strings.TrimRight(e.Message, ".:"))
		}
		b.WriteString(")")
	}
	if e.Err != nil {
		if e.Kind != nil {
			b.WriteString(": ")
		}
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns Kind and Err, so far as they are there.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Kind != nil {
		errs = append(errs, e.Kind)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}

// retryable reports whether another attempt may do better.
func (e *Error) retryable() bool {
	if e.Err != nil && errors.Is(e.Err, errPermanent) {
		return false
	}
	return e.Kind == ErrThrottled || e.Kind == ErrUnavailable || errors.Is(e.Err, errCutOff)
}
