package operator

import (
	"bytes"
	"errors"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// Faults of an answer's body, with their likely causes.
var (
	errNotBase64 = errors.New("its body isn't base64: was it written by something between here and the operator?")
	errShort     = errors.New("its body is too short: was it cut off?")
	errUnopened  = errors.New("its body doesn't open under the client secret, though the operator opened the request: " +
		"was it changed on its way, or the secret replaced meanwhile?")
	errNonce = errors.New("its body answers another request: does something in between cache answers?")
)

// openAnswer decrypts the body of an answer, binary or text according to its media type.
func openAnswer(secret []byte, nonce [envelope.NonceSize]byte, body []byte, contentType string) ([]byte, int64, *Error) {
	if mediaType, _, _ := strings.Cut(contentType, ";"); !strings.EqualFold(strings.TrimSpace(mediaType), contentTypeBinary) {
		var err error
		if body, err = decodeText(body); err != nil {
			return nil, 0, bodyFailure(err)
		}
	}
	answer, serverMs, err := envelope.OpenResponse(secret, body, nonce)
	if err != nil {
		return nil, 0, bodyFailure(err)
	}
	return answer, serverMs, nil
}

// openRefreshed decrypts the body of the answer to a refresh. For an identity without a key, the
// body is plain text.
func openRefreshed(body, responseKey []byte) ([]byte, *Error) {
	if responseKey == nil {
		return bytes.Clone(body), nil
	}
	sealed, err := decodeText(body)
	if err != nil {
		return nil, bodyFailure(err)
	}
	answer, err := envelope.OpenSealed(responseKey, sealed)
	switch {
	case errors.Is(err, envelope.ErrDecrypt), errors.Is(err, envelope.ErrSecretSize):
		return nil, &Error{Kind: ErrResponseKey}
	case err != nil:
		return nil, bodyFailure(err)
	}
	return answer, nil
}

// decodeText reads base64, and accepts line breaks after it or in its padding, where gateways put
// them.
func decodeText(text []byte) ([]byte, error) {
	end := bytes.TrimRight(text, "=\r\n")
	if tail := text[len(end):]; bytes.ContainsAny(tail, "\r\n") {
		text = append(bytes.Clone(end), bytes.Repeat([]byte("="), bytes.Count(tail, []byte("=")))...)
	}
	return envelope.DecodeBase64(text)
}

// bodyFailure says which check of a body failed. The operator answers 200 only if it has opened our
// envelope, so a wrong client secret is an unlikely cause.
func bodyFailure(err error) *Error {
	for _, c := range []struct{ of, text error }{
		{envelope.ErrBase64, errNotBase64},
		{envelope.ErrShort, errShort},
		{envelope.ErrDecrypt, errUnopened},
		{envelope.ErrNonce, errNonce},
	} {
		if errors.Is(err, c.of) {
			return &Error{Kind: ErrResponse, Err: c.text}
		}
	}
	return &Error{Kind: ErrResponse, Err: err}
}
