package advice

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Error is an error of which it is known what to do about it.
type Error struct {
	what string
	why  error
	do   string
}

// New returns an error that says what happened, why, and what to do.
func New(what, why, do string) error { return &Error{what, errors.New(why), do} }

// Wrap returns an error that says what could not be done because of another one, and what to do
// about it. Where what is empty, the other one says all; where do is, only the other one may know.
func Wrap(what string, why error, do string) error {
	if why == nil {
		return nil
	}
	return &Error{what, why, do}
}

// Error returns what happened and why.
func (e *Error) Error() string {
	if e.what == "" {
		return e.why.Error()
	}
	return e.what + ": " + e.why.Error()
}

// Unwrap returns why it happened.
func (e *Error) Unwrap() error { return e.why }

// Of returns what to do about an error, as far as the error itself says that, or "".
func Of(err error) string {
	for {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.do != "" {
			return e.do
		}
		err = e.why
	}
}

// Print writes an error of a program, and what to do about it.
func Print(w io.Writer, program string, err error, do string) {
	fmt.Fprintf(w, "%s: %s\n  what to do: %s\n", program, Text(err), oneLine(do))
}

// Warn writes a warning in the same form.
func Warn(w io.Writer, program, what, do string) {
	fmt.Fprintf(w, "%s: warning: %s\n  what to do: %s\n", program, oneLine(what), oneLine(do))
}

func oneLine(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ") }
