package uid2test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

const octetStream = "application/octet-stream"

// operation is the work of an endpoint: it turns a request's JSON into that of the answer.
type operation func(p *participant, asked payload) ([]byte, *refusal)

// enveloped turns an operation into an endpoint for callers with one of these roles: it authorizes
// the caller, opens the request and seals the answer.
func (s *Server) enveloped(roles Role, do operation) func(*exchange) {
	return func(x *exchange) {
		if no := s.perform(x, roles, do); no != nil {
			x.refuse(no)
		}
	}
}

func (s *Server) perform(x *exchange, roles Role, do operation) *refusal {
	p, no := s.authorize(x.r, roles)
	if no != nil {
		return no
	}
	request, no := s.open(p, x.r, x.body)
	if no != nil {
		return no
	}
	answer, no := do(p, request.payload)
	if no != nil {
		return no
	}
	x.seal(p, request, answer, s.config.now())
	return nil
}

// authorize returns the participant with the request's API key, who must have one of these roles.
func (s *Server) authorize(r *http.Request, roles Role) (*participant, *refusal) {
	p := s.caller(r)
	if p == nil || p.Roles&roles == 0 {
		return nil, unauthorized
	}
	return p, nil
}

// caller returns the participant with the request's API key, or nil.
func (s *Server) caller(r *http.Request) *participant {
	const prefix = "bearer "
	header := r.Header.Get("Authorization")
	if len(header) < len(prefix) || !strings.EqualFold(header[:len(prefix)], prefix) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clients.byKey[header[len(prefix):]]
}

// request is an opened request.
type request struct {
	payload payload
	nonce   [envelope.NonceSize]byte
	binary  bool // and so must be its answer
}

// open opens a body. A binary body that isn't an envelope may still be the text of one. A body is
// binary only if the whole Content-Type matches: with a parameter, it is text.
func (s *Server) open(p *participant, r *http.Request, body []byte) (*request, *refusal) {
	if len(body) == 0 {
		return nil, clientError("Invalid body: Body is missing.")
	}
	text, isText := decodeBase64(body)
	if strings.EqualFold(r.Header.Get("Content-Type"), octetStream) {
		request, no := s.openEnvelope(p, body)
		if no == nil {
			request.binary = true
			return request, nil
		}
		if !isText {
			return nil, no
		}
	}
	switch {
	case isText:
		return s.openEnvelope(p, text)
	case isJSON(body):
		return nil, s.badEnvelope(plainJSON)
	}
	return nil, s.badEnvelope("Invalid body: Body is not valid base64.")
}

const plainJSON = "Invalid body: The request body is unencrypted JSON. It must be an encrypted request envelope."

func (s *Server) openEnvelope(p *participant, sealed []byte) (*request, *refusal) {
	timestampMs, nonce, text, err := envelope.OpenRequest(p.secret, sealed)
	asked, ok := parsePayload(text)
	switch {
	case (errors.Is(err, envelope.ErrShort) || errors.Is(err, envelope.ErrVersion)) && isJSON(sealed):
		return nil, s.badEnvelope(plainJSON)
	case errors.Is(err, envelope.ErrShort):
		return nil, s.badEnvelope("Invalid body: Body too short. Check encryption method.")
	case errors.Is(err, envelope.ErrVersion):
		return nil, s.badEnvelope(fmt.Sprintf("Invalid body: Invalid request envelope format version: received %d, must be %d.",
			sealed[0], envelope.Version))
	case err != nil:
		return nil, s.badEnvelope("Invalid body: Check encryption key (ClientSecret).")
	case stale(timestampMs, s.config.now()):
		return nil, clientError("Invalid timestamp: Request too old or client time drift.")
	case !ok:
		return nil, clientError("Invalid payload in body: Data is not valid json string.")
	}
	return &request{payload: asked, nonce: nonce}, nil
}

// decodeBase64 decodes standard base64 as Java does: padding is optional, and unused bits of the
// last character may be set; but not line breaks, which encoding/base64 would skip.
func decodeBase64(text []byte) (raw []byte, ok bool) {
	encoding := base64.RawStdEncoding
	if len(text)%4 == 0 {
		encoding = base64.StdEncoding
	}
	if bytes.ContainsAny(text, "\r\n") {
		return nil, false
	}
	raw, err := encoding.AppendDecode(nil, text)
	return raw, err == nil
}

// isJSON reports whether a body is JSON, which should have been sealed.
func isJSON(body []byte) bool {
	return json.Valid(body) && bytes.ContainsAny(bytes.TrimSpace(body)[:1], "{[")
}

// stale reports whether a time is two minutes or more off, in whole minutes.
func stale(timestampMs int64, now time.Time) bool {
	off := now.Sub(time.UnixMilli(timestampMs)).Abs()
	return off/time.Minute > 1
}

// seal seals and sends an answer, with the request's fault applied.
func (x *exchange) seal(p *participant, request *request, answer []byte, now time.Time) {
	secret, nonce := p.secret, request.nonce
	if x.fault.Body != nil {
		answer = x.fault.Body
	}
	if x.fault.WrongNonce {
		nonce[0] ^= 1
	}
	if x.fault.WrongSecret {
		secret = bytes.Clone(secret)
		secret[0] ^= 1
	}
	sealed, err := envelope.AppendResponse(nil, secret, now.UnixMilli(), nonce, answer)
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	if request.binary {
		x.answer(http.StatusOK, octetStream, sealed)
		return
	}
	x.answer(http.StatusOK, "text/plain", envelope.AppendBase64(nil, sealed))
}
