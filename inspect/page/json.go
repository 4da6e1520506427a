package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/uid2rtb/uid2rtb/inspect"
)

// Lengths of bodies, in bytes. A text is longer in JSON than it is by itself.
const (
	maxText      = 2*inspect.MaxInput + maxArguments
	maxArguments = 16 << 10
)

// readJSON reads a request's body into v. It answers the request, and returns false, if that can't
// be done. No answer quotes the body.
func readJSON(w http.ResponseWriter, r *http.Request, most int64, v any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(v)
	if err == nil {
		if _, err = decoder.Token(); errors.Is(err, io.EOF) { // there is no second value
			return true
		}
	}
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		answerError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("That is too long: at most %d bytes are read.", tooLong.Limit))
	} else {
		answerError(w, http.StatusBadRequest, "The request isn't the JSON that this page sends.")
	}
	return false
}

// answer answers a request with JSON.
func answer(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil { // of a host's RawMessage that isn't JSON
		answerError(w, http.StatusInternalServerError, "The answer can't be written as JSON.")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// answerError says what went wrong, for people.
func answerError(w http.ResponseWriter, status int, message string) {
	answer(w, status, struct {
		Error string `json:"error"`
	}{message})
}
