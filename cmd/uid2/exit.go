package main

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/publisher"
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

// inputError is invalid input.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

// input returns an error about an input: what could not be done, why, and what to do, if it isn't
// what is always done about that.
func input(what string, why error, do string) error { return inputError{advice.Wrap(what, why, do)} }

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

// remedies say what to do about errors that don't say it themselves. The first match is used.
var remedies = []struct {
	of error
	do string
}{
	{operator.ErrCredentials, "check both: credentials are an API key and a client secret, which is the base64 of 32 bytes"},
	{operator.ErrUnauthorized, "check the API key, and whether it has the role for this"},
	{operator.ErrClientSecret, "check the client secret: it must be the one of the API key"},
	{operator.ErrClockSkew, "set this machine's clock"},
	{operator.ErrThrottled, "wait a while, and send fewer requests"},
	{operator.ErrUnavailable, "check the base URL, the proxy and the network, or try again later; uid2 doctor finds out more"},
	{operator.ErrRefreshToken, "delete the identity, and generate a new one"},
	{operator.ErrResponseKey, "delete the identity, and generate a new one"},
	{operator.ErrConsent, "check the consent string"},
	{operator.ErrResponse, "check that the base URL is an operator's, and that nothing in between answers instead"},
	{operator.ErrRequest, "check that the base URL is that of an operator"},
	{operator.ErrOption, "correct the flag or the environment variable; uid2 -h has all of them"},
	{optout.ErrLoss, "restore what is lost with -from, -from-snapshot, -nats-urls or -from-operator; or accept the loss with -accept-loss"},
	{optout.ErrLocked, "stop the process that has it open, a receiver, a sidecar or a Prebid Server, or work on a copy of the store and of its file .end"},
	{optout.ErrVersion, "use the program that wrote it, or a newer one; or restore a backup from before"},
	{optout.ErrDamaged, "uid2 optout verify says what is wrong, and uid2 optout repair keeps what is whole; is it a store at all?"},
	{optout.ErrReplaced, "start again, and let nothing else replace the file"},
	{optout.ErrServers, "correct -nats-urls and the other flags of the fleet; docs/fleet.md describes them"},
	{optout.ErrStream, "make the stream as docs/fleet.md says, or name another one with -nats-stream"},
	{optout.ErrUnreachable, "check -nats-urls and the network, and that the NATS servers run; uid2 doctor finds out more"},
	{keyset.ErrMalformed, "keys are the JSON of an operator's answer; uid2 keys -raw prints it"},
	{publisher.ErrIdentity, "give it the JSON that uid2 generate printed, whole and unchanged"},
	{dii.ErrEmail, "write an email address as in user@example.com"},
	{dii.ErrPhone, "write the phone number as in +12345678901, with its country code and without blanks"},
	{dii.ErrHash, "write the SHA-256 of the normalized email or phone, in base64 or hexadecimal"},
	{codec.ErrRawUID, "correct or remove the line: a raw UID is base64 of 32 or 33 bytes, as uid2 decrypt and uid2 map print it"},
	{fs.ErrNotExist, "check the path; a new file's directory must be there"},
	{fs.ErrPermission, "check the mode of the file, and which user runs this"},
	{syscall.EISDIR, "name a file in it"},
	{syscall.EADDRINUSE, "stop that process, or choose another port"},
	{syscall.EADDRNOTAVAIL, "choose an address of this machine, such as 127.0.0.1"},
	{syscall.ENOSPC, "make room, and start again"},
	{context.DeadlineExceeded, "allow more time with -timeout; uid2 doctor finds out what doesn't answer"},
}

// shownError adds to an error what was tried, where the library that reports it doesn't know.
func shownError(root *cli.Command, err error) error {
	if _, refused := err.(*operator.Error); refused {
		return advice.Wrap("asking the operator failed", err, "")
	}
	return topicError(root, err)
}

// remedy returns what to do about an error.
func remedy(err error) string {
	if do := advice.Of(err); do != "" {
		return do
	}
	if e, ok := errors.AsType[*operator.Error](err); ok && e.Kind == operator.ErrRequest && e.Message != "" {
		return "the operator's message says what is wrong with the request"
	}
	for _, r := range remedies {
		if errors.Is(err, r.of) {
			return r.do
		}
	}
	return "see uid2 -h, or -h after a command; uid2 doctor checks everything that raw UIDs depend on"
}
