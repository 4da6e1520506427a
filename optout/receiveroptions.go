package optout

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// ErrReceiver is wrapped by every error of [NewReceiver] and [CheckReceiver]. Each of them is a
// *[ReceiverError].
var ErrReceiver = errors.New("optout: invalid receiver")

// ReceiverPart names a part of a Receiver's configuration, so that a host can name its own setting
// for it.
type ReceiverPart string

// The parts that may be invalid.
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

// ReceiverError says what is invalid about a Receiver's configuration. It holds no secret.
type ReceiverError struct {
	Part ReceiverPart
	Want string // what is wrong, and what to do about it
}

// Error returns the part and what is wrong with it.
func (e *ReceiverError) Error() string {
	return ErrReceiver.Error() + ": " + string(e.Part) + ": " + e.Want
}

// Unwrap returns ErrReceiver.
func (e *ReceiverError) Unwrap() error { return ErrReceiver }

// ReceiverOption configures a Receiver.
type ReceiverOption func(*receiverConfig)

// receiverConfig is the result of the options.
type receiverConfig struct {
	idName, timeName string
	idHeader         string // used only if headerUID is true
	headerUID        bool
	authentications  []authentication
}

// WithParameters sets the names of the parameters with the raw UID and the time. Default uid2 and
// timestamp.
func WithParameters(id, timestamp string) ReceiverOption {
	return func(c *receiverConfig) { c.idName, c.timeName = id, timestamp }
}

// WithIDHeader also reads raw UIDs from the header field with this name, for a webhook that is
// configured to send ${ADVERTISING_ID} there. Default none.
func WithIDHeader(name string) ReceiverOption {
	return func(c *receiverConfig) { c.idHeader, c.headerUID = name, true }
}

// WithBearer requires the header field Authorization with the value Bearer and this token.
func WithBearer(token string) ReceiverOption {
	a := bearerAuthentication()
	a.values = hidden(token)
	return withAuthentication(a)
}

// WithBearerFrom is [WithBearer] with the tokens that read returns, 1 to 8 of them, each of which
// is valid: the old and the new one, for as long as the sender is being changed. read is called at
// once, and again every 10 seconds while there are requests, and when a request has another token.
// It has to be fast, as reading a file is. If it fails later on, or returns a token that is
// impossible, those from before stay valid, and [Receiver.ReloadErr] says so. Its error
// should hold no secret.
func WithBearerFrom(read func() ([]string, error)) ReceiverOption {
	return withAuthenticationFrom(bearerAuthentication(), read)
}

func bearerAuthentication() authentication {
	return authentication{name: authorization, bearer: true, namePart: PartBearerToken, valuePart: PartBearerToken}
}

// WithSharedHeader requires a header field with this value, a secret shared with the service.
func WithSharedHeader(name, value string) ReceiverOption {
	a := headerAuthentication(name)
	a.values = hidden(value)
	return withAuthentication(a)
}

// WithSharedHeaderFrom is [WithSharedHeader] with the values that read returns, as
// [WithBearerFrom] reads tokens.
func WithSharedHeaderFrom(name string, read func() ([]string, error)) ReceiverOption {
	return withAuthenticationFrom(headerAuthentication(name), read)
}

func headerAuthentication(name string) authentication {
	return authentication{name: name, namePart: PartSharedHeaderName, valuePart: PartSharedHeaderValue}
}

// WithoutAuthentication accepts requests without authentication. Anyone who can reach the receiver
// can then opt any user out, so something in front of it must authenticate the requests.
func WithoutAuthentication() ReceiverOption { return withAuthentication(authentication{open: true}) }

func withAuthentication(a authentication) ReceiverOption {
	return func(c *receiverConfig) { c.authentications = append(c.authentications, a) }
}

// withAuthenticationFrom reads the values when the option is used, not before.
func withAuthenticationFrom(a authentication, read func() ([]string, error)) ReceiverOption {
	return func(c *receiverConfig) { c.authentications = append(c.authentications, a.readFrom(read)) }
}

// CheckReceiver returns the error that NewReceiver would return for these options, for a host that
// reads its configuration before it has a store.
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
		return &ReceiverError{PartIDParameter, "a name is required"}
	case c.timeName == "":
		return &ReceiverError{PartTimeParameter, "a name is required"}
	case c.idName == c.timeName:
		return &ReceiverError{PartTimeParameter, "a name other than the raw UID's is required"}
	case len(c.authentications) == 0:
		return &ReceiverError{PartAuthentication, "choose WithBearer, WithSharedHeader or, if something in front authenticates the requests, WithoutAuthentication"}
	case len(c.authentications) > 1:
		return &ReceiverError{PartAuthentication, "choose exactly one way: any others would silently be ignored"}
	}
	auth := c.authentications[0]
	if err := auth.check(); err != nil {
		return err
	}
	if !c.headerUID {
		return nil
	}
	if strings.EqualFold(c.idHeader, auth.name) || strings.EqualFold(c.idHeader, authorization) {
		return &ReceiverError{PartIDHeader, "use a header that doesn't carry a secret"}
	}
	return checkHeaderName(PartIDHeader, c.idHeader)
}

const authorization = "Authorization"

// reserved lists header fields that don't reach a receiver as they were sent, because HTTP itself
// uses them or proxies write them.
var reserved = []string{
	"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Expect", "Forwarded", "Host", "HTTP2-Settings", "Keep-Alive",
	"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "X-Real-IP",
}

// checkHeaderName refuses a name under which nothing could ever arrive, so that all opt-outs would
// be refused or lost.
func checkHeaderName(part ReceiverPart, name string) error {
	same := func(other string) bool { return strings.EqualFold(name, other) }
	switch {
	case !httpguts.ValidHeaderFieldName(name):
		return &ReceiverError{part, "use the name of a header field, such as X-Opt-Out"}
	case slices.ContainsFunc(reserved, same), strings.HasPrefix(strings.ToLower(name), "x-forwarded-"):
		return &ReceiverError{part, "HTTP or proxies use this header field themselves; use a name of your own, such as X-Opt-Out"}
	}
	return nil
}
