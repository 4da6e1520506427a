package uid2test

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

const octetStream = "application/octet-stream"

// refusal is an answer that isn't 200. Such answers are JSON in the clear.
type refusal struct {
	HTTPStatus int    `json:"-"`
	Status     string `json:"status"`
	Message    string `json:"message,omitempty"`
}

var unauthorized = &refusal{HTTPStatus: http.StatusUnauthorized, Status: "unauthorized"}

func clientError(message string) *refusal {
	return &refusal{http.StatusBadRequest, "client_error", message}
}

func (x *exchange) refuse(no *refusal) {
	body, err := json.Marshal(no)
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	x.answer(no.HTTPStatus, "application/json", body)
}

// operation is what an endpoint does: it makes an answer's JSON out of a request's, which may be empty.
type operation func(p *participant, payload []byte) ([]byte, *refusal)

// enveloped makes an endpoint out of an operation that takes one of these roles: it checks who calls, opens the request
// and seals the answer.
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

// authorize finds the participant behind an API key.
func (s *Server) authorize(r *http.Request, roles Role) (*participant, *refusal) {
	const prefix = "bearer "
	header := r.Header.Get("Authorization")
	if len(header) < len(prefix) || !strings.EqualFold(header[:len(prefix)], prefix) {
		return nil, unauthorized
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.clients.byKey[header[len(prefix):]]
	if p == nil || p.Roles&roles == 0 {
		return nil, unauthorized
	}
	return p, nil
}

// request is an opened request.
type request struct {
	payload []byte
	nonce   [envelope.NonceSize]byte
	binary  bool // and so is its answer
}

// open opens a body. A binary one that is no envelope may still be the text of one.
func (s *Server) open(p *participant, r *http.Request, body []byte) (*request, *refusal) {
	if len(body) == 0 {
		return nil, clientError("Invalid body: Body is missing.")
	}
	if (body[0] == '{' || body[0] == '[') && json.Valid(body) {
		return nil, clientError("Invalid body: The request body is unencrypted JSON.")
	}
	text, err := envelope.DecodeBase64(body)
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType == octetStream {
		request, no := s.openEnvelope(p, body)
		if no == nil {
			request.binary = true
			return request, nil
		}
		if err != nil {
			return nil, no
		}
	}
	if err != nil {
		return nil, clientError("Invalid body: Body is not valid base64.")
	}
	return s.openEnvelope(p, text)
}

func (s *Server) openEnvelope(p *participant, sealed []byte) (*request, *refusal) {
	timestampMs, nonce, payload, err := envelope.OpenRequest(p.secret, sealed)
	switch {
	case errors.Is(err, envelope.ErrShort):
		return nil, clientError("Invalid body: Body too short.")
	case errors.Is(err, envelope.ErrVersion):
		return nil, clientError("Invalid body: Invalid request envelope format version.")
	case err != nil:
		return nil, clientError("Invalid body: Check encryption key (ClientSecret).")
	case stale(timestampMs, s.config.now()):
		return nil, clientError("Invalid timestamp: the request is more than a minute off the operator's clock.")
	case len(payload) > 0 && !isObject(payload):
		return nil, clientError("Invalid payload in body: Data is not valid json string.")
	}
	return &request{payload: payload, nonce: nonce}, nil
}

// stale compares whole minutes, so everything less than two of them passes.
func stale(timestampMs int64, now time.Time) bool {
	off := now.Sub(time.UnixMilli(timestampMs)).Abs()
	return off/time.Minute > 1
}

func isObject(payload []byte) bool {
	return json.Valid(payload) && bytes.HasPrefix(bytes.TrimLeft(payload, " \t\r\n"), []byte("{"))
}

// seal sends an answer, as far as the fault lets it.
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
