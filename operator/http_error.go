package operator

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxErrorBody is how many bytes are read of the body of an error answer, which is never encrypted.
const maxErrorBody = 64 << 10

// answerError turns an HTTP answer other than 200 into an Error.
func (r *Request) answerError(status int, retryAfter string, body []byte, now time.Time) *Error {
	e := &Error{Kind: statusKind(status), HTTPStatus: status}
	e.Status, e.Message = readErrorBody(body)
	switch {
	case status == http.StatusBadRequest && r.refresh:
		e.Kind = refusedRefresh(e)
	case status == http.StatusBadRequest:
		e.Kind = refused(e)
	case status == http.StatusProxyAuthRequired:
		e.Err = permanent{errProxyAuth}
	case status >= 300 && status <= 399:
		e.Err = errRedirect
	}
	if e.retryable() {
		e.RetryAfter = parseRetryAfter(retryAfter, now)
	}
	return e
}

// statusKind returns what an HTTP status means on its own.
func statusKind(status int) error {
	switch {
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusTooManyRequests:
		return ErrThrottled
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusProxyAuthRequired:
		return ErrUnavailable // none of them is about the request
	case status >= 400 && status <= 499:
		return ErrRequest
	case status >= 500 && status <= 599:
		return ErrUnavailable
	}
	return ErrResponse
}

// refused returns what HTTP 400 means.
func refused(e *Error) error {
	switch e.Message {
	case messageTimestamp:
		return ErrClockSkew
	case messageSecret:
		return ErrClientSecret
	case messageConsent:
		return ErrConsent
	}
	return ErrRequest
}

// refusedRefresh returns what HTTP 400 means for a refresh, which isn't in an envelope. Each of
// these status words is about the refresh token: expired, of a key that no longer exists, of
// another environment, or damaged. Callers without an API key get "error", and everybody
// "client_error" for a token that can't be opened.
func refusedRefresh(e *Error) error {
	switch e.Status {
	case "invalid_token", "expired_token", "error", "client_error":
		return ErrRefreshToken
	}
	return ErrRequest
}

func readErrorBody(body []byte) (status, message string) {
	if len(body) > maxErrorBody {
		return "", ""
	}
	var answer struct{ Status, Message string }
	if json.Unmarshal(body, &answer) != nil {
		return "", ""
	}
	if plainWord(answer.Status) {
		status = answer.Status
	}
	return status, knownMessage(answer.Message)
}

// plainWord reports whether s looks like a status: a short word of lower-case letters and
// underscores.
func plainWord(s string) bool {
	return len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// parseRetryAfter parses a number of seconds or a date; anything else, and a date in the past,
// yields 0.
func parseRetryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
