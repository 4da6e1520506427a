package operator

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The kinds of errors of a call; see the package comment for what to do about each.
var (
	// ErrUnauthorized: HTTP 401. The API key is unknown, or lacks the role for the endpoint.
	ErrUnauthorized = errors.New("the API key is unknown or lacks the role")
	// ErrClientSecret: the operator couldn't open our envelope, so the client secret is wrong.
	ErrClientSecret = errors.New("operator and client don't share the client secret")
	// ErrClockSkew: to the operator, the time in our envelope is off by about two minutes or
	// more.
	ErrClockSkew = errors.New("the clocks of operator and client differ by minutes")
	// ErrThrottled: HTTP 429. The operator wants fewer calls.
	ErrThrottled = errors.New("throttled")
	// ErrUnavailable: no connection, no answer in time, HTTP 408, 425 or 5xx, or a proxy that
	// refuses the connection.
	ErrUnavailable = errors.New("unavailable")
	// ErrRefreshToken: the operator will never accept this refresh token: it is invalid or
	// expired, or its key is gone, and the user needs a new identity. Error.Status and
	// Error.Message have the details, if the operator gives any.
	ErrRefreshToken = errors.New("the refresh token is invalid or has expired")
	// ErrResponseKey: the operator answered a refresh, but the answer doesn't open with the
	// identity's refresh_response_key. Retrying doesn't help, so the user needs a new identity.
	ErrResponseKey = errors.New("the answer doesn't open under the identity's refresh_response_key")
	// ErrConsent: the consent string of a request is invalid.
	ErrConsent = errors.New("the consent string is invalid")
	// ErrRequest: any other HTTP 4xx: the operator refuses the request as such.
	ErrRequest = errors.New("the request is refused")
	// ErrResponse: what was received isn't an answer to our call: garbage, modified, truncated,
	// too large, a redirect, an unexpected status, or the answer to another request. Error.Err
	// has the details.
	ErrResponse = errors.New("not an answer of an operator")
	// ErrClosed: the Client has been closed.
	ErrClosed = errors.New("the client is closed")
)

// Error says how a call failed. Its text contains no credential, no URL and no part of a body.
// errors.Is finds Kind and what Err wraps.
type Error struct {
	// Kind is one of the errors above, or nil if the caller's context was canceled.
	Kind error
	// HTTPStatus is the status of the answer, or 0 if there was none.
	HTTPStatus int
	// Status is the operator's own status word, such as client_error; "" unless the body had a
	// plain one.
	Status string
	// Message is the operator's message if it is one of the known ones, otherwise "".
	Message string
	// RetryAfter is how long the operator asked us to wait, or 0 if it didn't.
	RetryAfter time.Duration
	// Attempts is the number of attempts. Repetitions because a kept connection had been closed
	// don't count.
	Attempts int
	// Err is the cause, if there is more to say. It never comes from a body.
	Err error
}

// Error returns the text. Equal failures have equal texts.
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

// Unwrap returns those of Kind and Err that aren't nil.
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

// retryable reports whether another attempt may succeed.
func (e *Error) retryable() bool {
	if e.Err != nil && errors.Is(e.Err, errPermanent) {
		return false
	}
	return e.Kind == ErrThrottled || e.Kind == ErrUnavailable || errors.Is(e.Err, errCutOff)
}
