package operator

import (
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

const (
	contentTypeText   = "text/plain"
	contentTypeBinary = "application/octet-stream"
)

// Form is the encoding of an envelope. Operators accept both at every endpoint, and answer in the
// form of the request.
type Form uint8

const (
	Text   Form = iota // base64
	Binary             // the raw bytes, a quarter shorter
)

// Request is a request that any HTTP client can send: POST Body to the endpoint with the header
// fields Content-Type, set to ContentType, and Authorization, set to Bearer and the API key. It is
// for programs that can't use [Client]. Send it once, within a minute, and make a new one for each
// further attempt.
type Request struct {
	Body        []byte
	ContentType string

	open    func(body []byte, contentType string) (answer []byte, serverMs int64, failure *Error)
	refresh bool // it refreshes a token
}

// NewRequest seals payload, the JSON of a request, with the time now and a fresh nonce. Errors wrap
// ErrCredentials.
func NewRequest(creds Credentials, form Form, payload []byte, now time.Time) (*Request, error) {
	if creds.IsZero() {
		return nil, fmt.Errorf("%w: none", ErrCredentials)
	}
	return enveloped(form, payload)(creds, now), nil
}

// NewRefresh returns the request of a token refresh, which isn't in an envelope and needs no API
// key. responseKey is the refresh_response_key that came with the token, 32 bytes; nil if there was
// none, as in very old identities, whose answer isn't encrypted.
func NewRefresh(refreshToken string, responseKey []byte) *Request {
	return &Request{
		Body:        []byte(refreshToken),
		ContentType: contentTypeText,
		open: func(body []byte, _ string) ([]byte, int64, *Error) {
			answer, failure := openRefreshed(body, responseKey)
			return answer, 0, failure
		},
		refresh: true,
	}
}

// Open decrypts the body of the answer to r. It is for HTTP status 200 only, as other answers are
// never encrypted. The answer's Content-Type determines its form. It returns the JSON in fresh
// memory. Errors are of type *Error: ErrResponse and, for a refresh, ErrResponseKey.
func (r *Request) Open(body []byte, contentType string) ([]byte, error) {
	answer, _, failure := r.open(body, contentType)
	if failure != nil {
		return nil, failure
	}
	return answer, nil
}

// AnswerError turns an answer to r with an HTTP status other than 200 into the *Error that [Client]
// would return. retryAfter is the header field Retry-After, "" if there is none.
func (r *Request) AnswerError(status int, retryAfter string, body []byte, now time.Time) error {
	return r.answerError(status, retryAfter, body, now)
}

// message makes the request of one attempt.
type message func(creds Credentials, now time.Time) *Request

// enveloped seals payload under the client secret.
func enveloped(form Form, payload []byte) message {
	return func(creds Credentials, now time.Time) *Request {
		secret, nonce := creds.held().secret, envelope.NewNonce()
		sealed, err := envelope.AppendRequest(nil, secret, now.UnixMilli(), nonce, payload)
		if err != nil {
			panic("operator: internal error: " + err.Error()) // the secret's size has been checked
		}
		r := &Request{Body: sealed, ContentType: contentTypeBinary}
		if form == Text {
			r.Body, r.ContentType = envelope.AppendBase64(nil, sealed), contentTypeText
		}
		r.open = func(body []byte, contentType string) ([]byte, int64, *Error) {
			return openAnswer(secret, nonce, body, contentType)
		}
		return r
	}
}

// bare makes a refresh request, which has no envelope.
func bare(refreshToken string, responseKey []byte) message {
	return func(Credentials, time.Time) *Request { return NewRefresh(refreshToken, responseKey) }
}
