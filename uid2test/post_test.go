package uid2test_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// post sends an envelope with a payload, and returns the HTTP status and the JSON of the answer,
// which is opened if the status is 200.
func post(t testing.TB, s *uid2test.Server, c *uid2test.Client, path string, payload any) (int, []byte) {
	t.Helper()
	text, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	nonce := envelope.NewNonce()
	sealed, err := envelope.AppendRequest(nil, secretOf(t, c), uid2test.Now(s).UnixMilli(), nonce, text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := send(s.URL+path, "Bearer "+c.APIKey, "application/octet-stream", sealed)
	if err != nil {
		t.Fatal(err)
	}
	if got.status != 200 {
		return got.status, got.body
	}
	answer, _, err := envelope.OpenResponse(secretOf(t, c), got.body, nonce)
	if err != nil {
		t.Fatal(err)
	}
	return got.status, answer
}

// answered has the fields that all answers have in common.
type answered struct {
	Status  string          `json:"status"`
	Message string          `json:"message"`
	Body    json.RawMessage `json:"body"`
}

// ask is like post, and parses the answer.
func ask(t testing.TB, s *uid2test.Server, c *uid2test.Client, path string, payload any) (httpStatus int, a answered) {
	t.Helper()
	httpStatus, text := post(t, s, c, path, payload)
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return httpStatus, a
}

// clock is a clock that tests can move.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.UnixMilli(1_800_000_000_000)} }

func (c *clock) now() time.Time { return c.at }

type fields = map[string]any
