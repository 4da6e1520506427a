package optout

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// ErrReceiver is what every error of [NewReceiver] and [CheckReceiver] is, under [errors.Is]. Each is a *[ReceiverError].
var ErrReceiver = errors.New("optout: impossible receiver")

// ReceiverPart names a part of what a Receiver is made of, so that a host can name its own setting for it.
type ReceiverPart string

// The parts that may be impossible.
const (
	PartStore             ReceiverPart = "store"
	PartAuthentication    ReceiverPart = "authentication"
	PartBearerToken       ReceiverPart = "bearer token"
	PartSharedHeaderName  ReceiverPart = "shared header's name"
	PartSharedHeaderValue ReceiverPart = "shared header's value"
	PartIDParameter       ReceiverPart = "parameter of the raw UID"
	PartTimeParameter     ReceiverPart = "parameter of the time"
	PartIDHeader          ReceiverPart = "header of the raw UID"
)

// ReceiverError is what is impossible about a Receiver. It holds no secret.
type ReceiverError struct {
	Part ReceiverPart
	Want string // what is wrong with it, and what to do
}

func (e *ReceiverError) Error() string {
	return ErrReceiver.Error() + ": " + string(e.Part) + ": " + e.Want
}

// Unwrap returns ErrReceiver.
func (e *ReceiverError) Unwrap() error { return ErrReceiver }

// ReceiverOption sets one thing of a Receiver.
type ReceiverOption func(*receiverConfig)

// receiverConfig is what the options say.
type receiverConfig struct {
	idName, timeName string
	idHeader         string // none if headerUID is false
	headerUID        bool
	authentications  []authentication
}

// WithParameters sets the names of the parameters that have the raw UID and the time. Default is uid2 and timestamp.
func WithParameters(id, timestamp string) ReceiverOption {
	return func(c *receiverConfig) { c.idName, c.timeName = id, timestamp }
}

// WithIDHeader also reads raw UIDs from the header field of this name, for a webhook that is configured to bring
// ${ADVERTISING_ID} there. Default is none.
func WithIDHeader(name string) ReceiverOption {
	return func(c *receiverConfig) { c.idHeader, c.headerUID = name, true }
}

// WithBearer wants the header field Authorization: Bearer and this token.
func WithBearer(token string) ReceiverOption {
	return withAuthentication(authentication{
		name: authorization, value: hidden(token), bearer: true, namePart: PartBearerToken, valuePart: PartBearerToken,
	})
}

// WithSharedHeader wants a header field with this value, which only the service knows.
func WithSharedHeader(name, value string) ReceiverOption {
	return withAuthentication(authentication{
		name: name, value: hidden(value), namePart: PartSharedHeaderName, valuePart: PartSharedHeaderValue,
	})
}

// WithoutAuthentication believes whoever reaches the receiver, which can make any user opt out: something in front of it must
// look at who comes.
func WithoutAuthentication() ReceiverOption { return withAuthentication(authentication{open: true}) }

func withAuthentication(a authentication) ReceiverOption {
	return func(c *receiverConfig) { c.authentications = append(c.authentications, a) }
}

// CheckReceiver returns the error that NewReceiver would return of these options, for a host that reads its configuration
// before it has a store.
func CheckReceiver(opts ...ReceiverOption) error {
	_, err := configOf(opts)
	return err
}

func configOf(opts []ReceiverOption) (c receiverConfig, err error) {
	c = receiverConfig{idName: "uid2", timeName: "timestamp"}
	for _, opt := range opts {
		opt(&c)
	}
	return c, c.check()
}

func (c *receiverConfig) check() error {
	switch {
	case c.idName == "":
		return &ReceiverError{PartIDParameter, "a name is wanted"}
	case c.timeName == "":
		return &ReceiverError{PartTimeParameter, "a name is wanted"}
	case c.idName == c.timeName:
		return &ReceiverError{PartTimeParameter, "a name is wanted that isn't the raw UID's"}
	case len(c.authentications) == 0:
		return &ReceiverError{PartAuthentication, "choose WithBearer, WithSharedHeader, or WithoutAuthentication if something in front looks at who comes"}
	case len(c.authentications) > 1:
		return &ReceiverError{PartAuthentication, "choose one way: of several all but one would silently not count"}
	}
	auth := c.authentications[0]
	if err := auth.check(); err != nil {
		return err
	}
	if !c.headerUID {
		return nil
	}
	if strings.EqualFold(c.idHeader, auth.name) || strings.EqualFold(c.idHeader, authorization) {
		return &ReceiverError{PartIDHeader, "a header is wanted that brings no secret"}
	}
	return checkHeaderName(PartIDHeader, c.idHeader)
}

const authorization = "Authorization"

// reserved are the header fields that never reach a receiver as they were sent: HTTP itself uses them, or proxies write them.
var reserved = []string{
	"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Expect", "Forwarded", "Host", "HTTP2-Settings", "Keep-Alive",
	"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "X-Real-IP",
}

// checkHeaderName refuses a name under which nothing would ever come, so that all opt-outs would be refused or lost.
func checkHeaderName(part ReceiverPart, name string) error {
	same := func(other string) bool { return strings.EqualFold(name, other) }
	switch {
	case !httpguts.ValidHeaderFieldName(name):
		return &ReceiverError{part, "the name of a header field is wanted, such as X-Opt-Out"}
	case slices.ContainsFunc(reserved, same), strings.HasPrefix(strings.ToLower(name), "x-forwarded-"):
		return &ReceiverError{part, "HTTP or a proxy uses this header field itself; take a name of your own, such as X-Opt-Out"}
	}
	return nil
}
