package uid2test

import (
	"encoding/json"
	"net/http"

	"github.com/uid2rtb/uid2rtb/codec"
)

// refusal is an answer other than 200. Such answers are unencrypted JSON or, without a status word,
// the text of the HTTP status.
type refusal struct {
	HTTPStatus int    `json:"-"`
	Status     string `json:"status"`
	Message    string `json:"message,omitempty"`
}

var (
	unauthorized = &refusal{HTTPStatus: http.StatusUnauthorized, Status: "unauthorized"}
	crash        = &refusal{HTTPStatus: http.StatusInternalServerError} // the operator's code crashes on such a request
)

func clientError(message string) *refusal {
	return &refusal{http.StatusBadRequest, "client_error", message}
}

// unknownError is a crash that the operator's code catches.
func unknownError(message string) *refusal {
	return &refusal{http.StatusInternalServerError, "unknown", message}
}

// howToSeal ends the messages about envelopes: it says where to read how to make one.
var howToSeal = map[codec.Scope]string{
	codec.ScopeUID2: " See https://unifiedid.com" + howToSealPath,
	codec.ScopeEUID: " See https://euid.eu" + howToSealPath,
}

const howToSealPath = "/docs/getting-started/gs-encryption-decryption#encryption-and-decryption-code-examples" +
	" for encryption and decryption code examples."

// badEnvelope refuses a body that isn't an envelope under the caller's secret.
func (s *Server) badEnvelope(message string) *refusal {
	return clientError(message + howToSeal[s.config.scope])
}

func (x *exchange) refuse(no *refusal) {
	if no.Status == "" {
		x.answer(no.HTTPStatus, "text/plain", []byte(http.StatusText(no.HTTPStatus)))
		return
	}
	body, err := json.Marshal(no)
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	x.answer(no.HTTPStatus, "application/json", body)
}
