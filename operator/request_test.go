package operator_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestOwnHTTPClient requests keys with net/http, in both forms.
func TestOwnHTTPClient(t *testing.T) {
	s := uid2test.NewServer()
	defer s.Close()
	creds, err := operator.NewCredentials(s.Client().APIKey, s.Client().ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []operator.Form{operator.Text, operator.Binary} {
		r, err := operator.NewRequest(creds, form, nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		status, header, body := send(t, s.URL+uid2test.PathBidstream, creds, r)
		answer, err := r.Open(body, header.Get("Content-Type"))
		if status != http.StatusOK || err != nil || !strings.Contains(string(answer), `"status":"success"`) {
			t.Errorf("form %d: %d, %v", form, status, err)
		}
		other, err := operator.NewRequest(creds, form, nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Open(body, header.Get("Content-Type")); !errors.Is(err, operator.ErrResponse) {
			t.Errorf("form %d: the answer to another request: %v", form, err)
		}
	}

	late, err := operator.NewRequest(creds, operator.Text, nil, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	status, header, body := send(t, s.URL+uid2test.PathBidstream, creds, late)
	if err := late.AnswerError(status, header.Get("Retry-After"), body, time.Now()); !errors.Is(err, operator.ErrClockSkew) {
		t.Error(err)
	}
	if _, err := operator.NewRequest(operator.Credentials{}, operator.Text, nil, time.Now()); !errors.Is(err, operator.ErrCredentials) {
		t.Error(err)
	}
}

func send(t *testing.T, url string, creds operator.Credentials, r *operator.Request) (int, http.Header, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", r.ContentType)
	request.Header.Set("Authorization", "Bearer "+creds.RevealAPIKey())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, body
}

// TestRefreshAnswers opens the answers to a refresh, which are encrypted without the request's
// envelope.
func TestRefreshAnswers(t *testing.T) {
	v := fixtures.Publisher().RefreshOptOut
	text := envelope.AppendBase64(nil, v.Body)
	r := operator.NewRefresh("the token\n", v.Key)
	if string(r.Body) != "the token\n" {
		t.Errorf("sent as %q", r.Body)
	}
	if answer, err := r.Open(text, "text/plain"); err != nil || string(answer) != v.Payload {
		t.Errorf("%s, %v", answer, err)
	}
	for name, c := range map[string]struct {
		key  []byte
		body []byte
		want error
	}{
		"another key":    {make([]byte, 32), text, operator.ErrResponseKey},
		"a short key":    {make([]byte, 16), text, operator.ErrResponseKey},
		"a changed body": {v.Key, envelope.AppendBase64(nil, append([]byte{1}, v.Body[1:]...)), operator.ErrResponseKey},
		"no base64":      {v.Key, []byte("{}"), operator.ErrResponse},
		"too short":      {v.Key, []byte("AAAA"), operator.ErrResponse},
	} {
		if _, err := operator.NewRefresh("", c.key).Open(c.body, ""); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := operator.NewRefresh("", v.Key).Open([]byte("{}"), ""); err == nil || !strings.Contains(err.Error(), "isn't base64") {
		t.Error(err)
	}
	if answer, err := operator.NewRefresh("", nil).Open([]byte(`{"status":"optout"}`), ""); err != nil || string(answer) != `{"status":"optout"}` {
		t.Errorf("without a key: %s, %v", answer, err)
	}
}
