package uid2test_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

var endpoints = []string{uid2test.PathBidstream, uid2test.PathSharing, uid2test.PathLatest}

// start is NewServer; the server is closed when the test ends.
func start(t testing.TB, opts ...uid2test.Option) *uid2test.Server {
	t.Helper()
	s := uid2test.NewServer(opts...)
	t.Cleanup(s.Close)
	return s
}

func secretOf(t testing.TB, c *uid2test.Client) []byte {
	t.Helper()
	secret, err := base64.StdEncoding.DecodeString(c.ClientSecret)
	if err != nil || len(secret) != 32 {
		t.Fatalf("%v has a bad secret", c)
	}
	return secret
}

// reply is an answer as received.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// send posts a body under an API key.
func send(url, authorization, contentType string, body []byte) (*reply, error) {
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	request.Header.Set("Content-Type", contentType)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return &reply{response.StatusCode, response.Header, answer}, err
}

// seal returns the envelope of a request with an empty payload.
func seal(t testing.TB, c *uid2test.Client, at time.Time, nonce [8]byte) []byte {
	t.Helper()
	sealed, err := envelope.AppendRequest(nil, secretOf(t, c), at.UnixMilli(), nonce, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// fetch does what a client does: it posts an envelope and opens the answer.
func fetch(s *uid2test.Server, c *uid2test.Client, path string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(c.ClientSecret)
	if err != nil {
		return nil, err
	}
	nonce := envelope.NewNonce()
	sealed, err := envelope.AppendRequest(nil, secret, time.Now().UnixMilli(), nonce, nil)
	if err != nil {
		return nil, err
	}
	got, err := send(s.URL+path, "Bearer "+c.APIKey, "text/plain", envelope.AppendBase64(nil, sealed))
	if err != nil {
		return nil, err
	}
	if got.status != http.StatusOK {
		return nil, fmt.Errorf("%d %s", got.status, got.body)
	}
	if sealed, err = envelope.DecodeBase64(got.body); err != nil {
		return nil, err
	}
	answer, _, err := envelope.OpenResponse(secret, sealed, nonce)
	return answer, err
}

// mustFetch is like fetch, but must succeed.
func mustFetch(t testing.TB, s *uid2test.Server, c *uid2test.Client, path string) []byte {
	t.Helper()
	answer, err := fetch(s, c, path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return answer
}

// key is a key in an answer.
type key struct {
	ID        uint32 `json:"id"`
	KeysetID  *int64 `json:"keyset_id"`
	SiteID    *int64 `json:"site_id"`
	Created   int64  `json:"created"`
	Activates int64  `json:"activates"`
	Expires   int64  `json:"expires"`
	Secret    []byte `json:"secret"`
}

// keysOf reads the keys in an answer of any endpoint.
func keysOf(t testing.TB, answer []byte) []key {
	t.Helper()
	keys, err := parse(answer)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func parse(answer []byte) ([]key, error) {
	var outer struct {
		Status string          `json:"status"`
		Body   json.RawMessage `json:"body"`
	}
	var body struct {
		Keys []key `json:"keys"`
	}
	err := json.Unmarshal(answer, &outer)
	if err == nil && bytes.HasPrefix(outer.Body, []byte("[")) {
		err = json.Unmarshal(outer.Body, &body.Keys)
	} else if err == nil {
		err = json.Unmarshal(outer.Body, &body)
	}
	if err == nil && outer.Status != "success" {
		err = fmt.Errorf("status %q", outer.Status)
	}
	return body.Keys, err
}

// tableOf returns the keys in an answer, for opening tokens. An invalid answer has no keys.
func tableOf(answer []byte) *codec.KeyTable {
	entries, _ := parse(answer)
	var keys []*codec.Key
	for _, entry := range entries {
		key, err := codec.NewKey(entry.ID, entry.Secret)
		if err != nil {
			return nil
		}
		keys = append(keys, key)
	}
	return codec.NewKeyTable(keys)
}

// open opens a token with the keys of an answer.
func open(t testing.TB, token string, answer []byte) (*codec.Token, codec.Status) {
	t.Helper()
	opened := new(codec.Token)
	status := codec.Parse(opened, token)
	if status == codec.Success {
		status = opened.Open(tableOf(answer))
	}
	return opened, status
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}
