package operator

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// maxErrorBody bounds what is looked at of the body of an error answer, which is never encrypted.
const maxErrorBody = 64 << 10

// Beginnings of the messages that operators give when they can't read a request. Nothing else of a message is passed on:
// it could repeat what we sent.
const (
	messageTimestamp = "Invalid timestamp:"
	messageSecret    = "Invalid body: Check encryption key (ClientSecret)."
	messageConsent   = "User consent is invalid"
)

var knownMessages = []string{
	messageTimestamp,
	messageSecret,
	messageConsent,
	"Invalid body: Body is missing.",
	"Invalid body: Body is not valid base64.",
	"Invalid body: Body too short.",
	"Invalid body: Invalid request envelope format version",
	"Invalid payload in body: Data is not valid json string.",
	"Invalid body: The request body is unencrypted JSON.",
}

// refreshStatuses are what a refused token refresh is answered with; the last one if the caller is unknown.
var refreshStatuses = map[string]bool{"invalid_token": true, "expired_token": true, "error": true}

// answerError turns an HTTP answer other than 200 into an Error.
func answerError(status int, retryAfter, body []byte, now time.Time) *Error {
	e := &Error{HTTPStatus: status}
	e.Status, e.Message = readErrorBody(body)
	switch {
	case status == fasthttp.StatusUnauthorized:
		e.Kind = ErrUnauthorized
	case status == fasthttp.StatusTooManyRequests:
		e.Kind = ErrThrottled
	case status == fasthttp.StatusBadRequest && e.Message == messageTimestamp:
		e.Kind = ErrClockSkew
	case status == fasthttp.StatusBadRequest && e.Message == messageSecret:
		e.Kind = ErrClientSecret
	case status == fasthttp.StatusBadRequest && e.Message == messageConsent:
		e.Kind = ErrConsent
	case status == fasthttp.StatusBadRequest && refreshStatuses[e.Status]:
		e.Kind = ErrRefreshToken
	case status >= 300 && status <= 399:
		e.Kind, e.Err = ErrResponse, errRedirect
	case status >= 400 && status <= 499:
		e.Kind = ErrRequest
	case status >= 500 && status <= 599:
		e.Kind = ErrUnavailable
	default:
		e.Kind = ErrResponse
	}
	if e.retryable() {
		e.RetryAfter = parseRetryAfter(string(retryAfter), now)
	}
	return e
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
	for _, known := range knownMessages {
		if strings.HasPrefix(answer.Message, known) {
			message = known
		}
	}
	return status, message
}

// plainWord accepts what a status looks like: a short word of small letters and underscores.
func plainWord(s string) bool {
	return len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// parseRetryAfter reads a number of seconds or a date; what it can't read, and what is past, is 0.
func parseRetryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := fasthttp.ParseHTTPDate([]byte(text)); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
