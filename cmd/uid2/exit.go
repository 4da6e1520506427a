package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitCredentials = 3
	exitUnavailable = 4
	exitInput       = 5
	exitNoToken     = 6
	exitDamaged     = 7
	exitWarnings    = 8
)

const exitHelp = `Exit codes:
   0  done; the result of each item of a list is in the output
   1  any other failure
   2  wrong flags or arguments
   3  the operator refuses the credentials, or the clock is off by minutes
   4  the operator doesn't answer, or asks for fewer calls
   5  invalid input: keys, an identity, an email
   6  no token for this user: opted out, no consent, or the session has ended
   7  a damaged store of opt-outs: see uid2 optout verify and uid2 optout repair
   8  uid2 doctor has warnings, and found nothing wrong`

// usageError is an error in flags or arguments.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// inputError is invalid input.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

// errNoToken: the user gets no token, and the output says so already.
var errNoToken = errors.New("no token for this user")

func exitCode(err error) int {
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE): // the reader of our output has closed it
		return exitOK
	case errors.As(err, new(usageError)):
		return exitUsage
	case errors.Is(err, optout.ErrDamaged), errors.Is(err, optout.ErrLoss):
		return exitDamaged
	case errors.Is(err, operator.ErrUnauthorized), errors.Is(err, operator.ErrClientSecret),
		errors.Is(err, operator.ErrClockSkew), errors.Is(err, operator.ErrCredentials):
		return exitCredentials
	case errors.Is(err, operator.ErrUnavailable), errors.Is(err, operator.ErrThrottled), errors.Is(err, context.DeadlineExceeded):
		return exitUnavailable
	case errors.Is(err, errWarnings):
		return exitWarnings
	case errors.Is(err, errNoToken):
		return exitNoToken
	case errors.As(err, new(inputError)), errors.Is(err, operator.ErrConsent):
		return exitInput
	}
	return exitFailure
}

// hints say what to do about an error. The first match is used.
var hints = []struct {
	of   error
	hint string
}{
	{operator.ErrCredentials, "credentials are an API key and a client secret, which is the base64 of 32 bytes"},
	{operator.ErrUnauthorized, "check the API key, and whether it has the role for this"},
	{operator.ErrClientSecret, "check the client secret: it must be the one of the API key"},
	{operator.ErrClockSkew, "set this machine's clock"},
	{operator.ErrThrottled, "wait a while, and send fewer requests"},
	{operator.ErrUnavailable, "check the base URL, the proxy and the network, or try again later"},
	{operator.ErrRefreshToken, "delete the identity, and generate a new one"},
	{operator.ErrResponseKey, "delete the identity, and generate a new one"},
	{operator.ErrConsent, "check the consent string"},
	{operator.ErrResponse, "check that the base URL is an operator's, and that nothing in between answers instead"},
	{operator.ErrRequest, "is the base URL that of an operator?"},
	{optout.ErrLoss, "restore what is lost with -from, -from-snapshot, -nats-urls or -from-operator; or accept the loss with -accept-loss"},
	{keyset.ErrMalformed, "keys are the JSON of an operator's answer; uid2 keys -raw prints it"},
}

// hint returns what to do about an error, or "".
func hint(err error) string {
	if e, ok := errors.AsType[*operator.Error](err); ok && e.Kind == operator.ErrRequest && e.Message != "" {
		return "the operator's message says what is wrong with the request"
	}
	for _, h := range hints {
		if errors.Is(err, h.of) {
			return h.hint
		}
	}
	if errors.As(err, new(usageError)) {
		return "see uid2 help, or -h after a command"
	}
	return ""
}
