package uid2test_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

const octetStream = "application/octet-stream"

// refused checks that an answer is unencrypted, and has this status and, unless it is "", a message
// that starts like this.
func refused(t *testing.T, name string, got *reply, err error, httpStatus int, status, message string) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	var body map[string]string
	if err := json.Unmarshal(got.body, &body); err != nil {
		t.Errorf("%s: %d with a body that is no JSON", name, got.status)
		return
	}
	_, hasMessage := body["message"]
	if got.status != httpStatus || body["status"] != status || hasMessage != (message != "") || !strings.HasPrefix(body["message"], message) {
		t.Errorf("%s: got %d %s, want %d %s %s", name, got.status, got.body, httpStatus, status, message)
	}
	if got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: Content-Type %s", name, got.header.Get("Content-Type"))
	}
}

func TestAPIKeysAndRoles(t *testing.T) {
	s := start(t)
	reader := s.AddClient(uid2test.Client{Roles: uid2test.IDReader})
	sharer := s.AddClient(uid2test.Client{Roles: uid2test.Sharer})
	nobody := s.AddClient(uid2test.Client{})
	for _, test := range []struct {
		name, authorization, path string
		client                    *uid2test.Client
		ok                        bool
	}{
		{"reader", "Bearer " + reader.APIKey, uid2test.PathBidstream, reader, true},
		{"reader", "Bearer " + reader.APIKey, uid2test.PathSharing, reader, true},
		{"reader", "Bearer " + reader.APIKey, uid2test.PathLatest, reader, true},
		{"sharer", "Bearer " + sharer.APIKey, uid2test.PathBidstream, sharer, false},
		{"sharer", "Bearer " + sharer.APIKey, uid2test.PathSharing, sharer, true},
		{"sharer", "Bearer " + sharer.APIKey, uid2test.PathLatest, sharer, false},
		{"without roles", "Bearer " + nobody.APIKey, uid2test.PathSharing, nobody, false},
		{"lower case", "bearer " + reader.APIKey, uid2test.PathBidstream, reader, true},
		{"upper case", "BEARER " + reader.APIKey, uid2test.PathBidstream, reader, true},
		{"key in upper case", "Bearer " + strings.ToUpper(reader.APIKey), uid2test.PathBidstream, reader, false},
		{"no header", "", uid2test.PathBidstream, reader, false},
		{"no key", "Bearer ", uid2test.PathBidstream, reader, false},
		{"no prefix", reader.APIKey, uid2test.PathBidstream, reader, false},
		{"other prefix", "Basic  " + reader.APIKey, uid2test.PathBidstream, reader, false},
		{"unknown key", "Bearer UID2-C-L-1-x", uid2test.PathBidstream, reader, false},
	} {
		body := envelope.AppendBase64(nil, seal(t, test.client, time.Now(), envelope.NewNonce()))
		got, err := send(s.URL+test.path, test.authorization, "text/plain", body)
		name := test.name + " at " + test.path
		if !test.ok {
			refused(t, name, got, err, http.StatusUnauthorized, "unauthorized", "")
		} else if err != nil || got.status != http.StatusOK {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

// TestRolesComeBeforeTheBody: callers who aren't authorized learn nothing about the body.
func TestRolesComeBeforeTheBody(t *testing.T) {
	s := start(t)
	got, err := send(s.URL+uid2test.PathBidstream, "Bearer x", "text/plain", nil)
	refused(t, "empty body", got, err, http.StatusUnauthorized, "unauthorized", "")
}

func TestReservedSitesGetNoLegacyList(t *testing.T) {
	s := start(t)
	c := s.AddClient(uid2test.Client{Roles: uid2test.IDReader, SiteID: uid2test.SharedSite})
	body := envelope.AppendBase64(nil, seal(t, c, time.Now(), envelope.NewNonce()))
	got, err := send(s.URL+uid2test.PathLatest, "Bearer "+c.APIKey, "text/plain", body)
	refused(t, "shared site", got, err, http.StatusUnauthorized, "invalid_client", "Unexpected client site id 2")
	mustFetch(t, s, c, uid2test.PathBidstream)
}

func TestOtherMethodsAndPaths(t *testing.T) {
	s := start(t)
	response, err := http.Get(s.URL + uid2test.PathBidstream)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != http.MethodPost {
		t.Errorf("GET: %s, Allow %s", response.Status, response.Header.Get("Allow"))
	}
	for _, path := range []string{"/", "/v2/key", uid2test.PathBidstream + "/x", "/v2/key/other"} {
		got, err := send(s.URL+path, "Bearer "+s.Client().APIKey, "text/plain", nil)
		if err != nil || got.status != http.StatusNotFound {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
}

func TestBodies(t *testing.T) {
	s := start(t)
	c := s.Client()
	now, nonce := time.Now(), envelope.NewNonce()
	good := seal(t, c, now, nonce)
	change := func(at int) []byte {
		changed := bytes.Clone(good)
		changed[at] ^= 1
		return changed
	}
	payload := func(text string) []byte {
		sealed, err := envelope.AppendRequest(nil, secretOf(t, c), now.UnixMilli(), nonce, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	const (
		secret  = "Invalid body: Check encryption key (ClientSecret)."
		short   = "Invalid body: Body too short."
		text    = "Invalid body: Body is not valid base64."
		version = "Invalid body: Invalid request envelope format version"
		json    = "Invalid payload in body: Data is not valid json string."
		stale   = "Invalid timestamp:"
		plain   = "Invalid body: The request body is unencrypted JSON."
		missing = "Invalid body: Body is missing."
	)
	other := s.AddClient(uid2test.Client{})
	for _, test := range []struct {
		name     string
		envelope []byte
		want     string // "" means success
	}{
		{"good", good, ""},
		{"payload", payload(`{"a":1}`), ""},
		{"payload with spaces", payload(" \n{} "), ""},
		{"payload that is no JSON", payload("{"), json},
		{"payload that is no object", payload("[]"), json},
		{"other version", change(0), version},
		{"changed IV", change(1), secret},
		{"changed tag", change(len(good) - 1), secret},
		{"another client's secret", seal(t, other, now, nonce), secret},
		{"one byte short", good[:44], short},
		{"empty", nil, missing},
		{"a minute late", seal(t, c, now.Add(-time.Minute), nonce), ""},
		{"two minutes late", seal(t, c, now.Add(-2*time.Minute), nonce), stale},
		{"a minute early", seal(t, c, now.Add(time.Minute), nonce), ""},
		{"an hour early", seal(t, c, now.Add(time.Hour), nonce), stale},
		{"far future", seal(t, c, time.UnixMilli(1<<62), nonce), stale},
		{"far past", seal(t, c, time.UnixMilli(-1<<62), nonce), stale},
	} {
		for _, contentType := range []string{"text/plain", "application/x-www-form-urlencoded", octetStream, octetStream + "; q=1"} {
			body := test.envelope
			if contentType != octetStream {
				body = envelope.AppendBase64(nil, body)
			}
			got, err := send(s.URL+uid2test.PathBidstream, "Bearer "+c.APIKey, contentType, body)
			name := test.name + " as " + contentType
			if test.want != "" {
				refused(t, name, got, err, http.StatusBadRequest, "client_error", test.want)
			} else if err != nil || got.status != http.StatusOK {
				t.Errorf("%s: got %+v, %v", name, got, err)
			}
		}
	}
	for name, test := range map[string]struct{ body, want string }{
		"JSON":          {`{"a":1}`, plain},
		"JSON array":    {`[]`, plain},
		"no base64":     {"{", text},
		"line break":    {string(envelope.AppendBase64(nil, good)) + "\n", text},
		"short text":    {"AQ==", short},
		"without any =": {"AQ", short},
		"half the =":    {"AQ=", text},
		"too many =":    {"AQ==" + "=", text},
		"one character": {"A", text},
		"stray bits":    {"AR==", short},
	} {
		got, err := send(s.URL+uid2test.PathBidstream, "Bearer "+c.APIKey, "text/plain", []byte(test.body))
		refused(t, name, got, err, http.StatusBadRequest, "client_error", test.want)
	}
}

// TestBinaryAnswers: the answer has the form of the request, even if that was text despite its
// Content-Type.
func TestBinaryAnswers(t *testing.T) {
	s := start(t)
	c := s.Client()
	for _, test := range []struct {
		name, contentType string
		text, textAnswer  bool
	}{
		{"text", "text/plain", true, true},
		{"binary", octetStream, false, false},
		{"binary in capitals", "Application/Octet-Stream", false, false},
		{"text with parameters", octetStream + "; charset=binary", true, true},
		{"text that says binary", octetStream, true, true},
	} {
		nonce := envelope.NewNonce()
		body := seal(t, c, time.Now(), nonce)
		if test.text {
			body = envelope.AppendBase64(nil, body)
		}
		got, err := send(s.URL+uid2test.PathBidstream, "Bearer "+c.APIKey, test.contentType, body)
		if err != nil || got.status != http.StatusOK {
			t.Errorf("%s: %+v, %v", test.name, got, err)
			continue
		}
		sealed := got.body
		if isText := got.header.Get("Content-Type") != octetStream; isText != test.textAnswer {
			t.Errorf("%s: answered as %s", test.name, got.header.Get("Content-Type"))
		} else if isText {
			if sealed, err = envelope.DecodeBase64(sealed); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		answer, serverMs, err := envelope.OpenResponse(secretOf(t, c), sealed, nonce)
		if err != nil || !bytes.Equal(answer, s.KeyAnswer(c, uid2test.PathBidstream)) {
			t.Errorf("%s: %v", test.name, err)
		}
		if off := time.Since(time.UnixMilli(serverMs)).Abs(); off > time.Minute {
			t.Errorf("%s: the answer is stamped %v off", test.name, off)
		}
	}
}

func TestAnswersAreSealedAnew(t *testing.T) {
	s := start(t)
	body := envelope.AppendBase64(nil, seal(t, s.Client(), time.Now(), envelope.NewNonce()))
	seen := make(map[string]bool)
	for range 10 {
		got, err := send(s.URL+uid2test.PathBidstream, "Bearer "+s.Client().APIKey, "text/plain", body)
		if err != nil || seen[string(got.body[:16])] { // 12 bytes of IV
			t.Fatalf("an IV came again, or %v", err)
		}
		seen[string(got.body[:16])] = true
	}
}

func TestLongBodies(t *testing.T) {
	s := start(t)
	const limit = 1 << 20
	got, err := send(s.URL+uid2test.PathBidstream, "Bearer "+s.Client().APIKey, octetStream, make([]byte, limit))
	refused(t, "longest", got, err, http.StatusBadRequest, "client_error", "Invalid body: Invalid request envelope format version")
	got, err = send(s.URL+uid2test.PathBidstream, "", octetStream, make([]byte, limit+1))
	if err != nil || got.status != http.StatusRequestEntityTooLarge || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
		t.Errorf("longer: %+v, %v", got, err)
	}
}

// TestTheOperatorsClock: requests are judged, and answers stamped, by the given clock.
func TestTheOperatorsClock(t *testing.T) {
	at := time.Date(2030, 1, 2, 3, 4, 5, 678e6, time.UTC)
	s := start(t, uid2test.WithNow(func() time.Time { return at }), uid2test.WithScope(codec.ScopeEUID))
	c := s.Client()
	for off, ok := range map[time.Duration]bool{
		0: true, 2*time.Minute - time.Millisecond: true, 2 * time.Minute: false,
		-2*time.Minute + time.Millisecond: true, -2 * time.Minute: false,
	} {
		nonce := envelope.NewNonce()
		got, err := send(s.URL+uid2test.PathBidstream, "Bearer "+c.APIKey, octetStream, seal(t, c, at.Add(off), nonce))
		if !ok {
			refused(t, off.String(), got, err, http.StatusBadRequest, "client_error", "Invalid timestamp:")
			continue
		}
		if err != nil || got.status != http.StatusOK {
			t.Errorf("%v: %+v, %v", off, got, err)
			continue
		}
		if _, serverMs, err := envelope.OpenResponse(secretOf(t, c), got.body, nonce); err != nil || serverMs != at.UnixMilli() {
			t.Errorf("%v: stamped %d, %v", off, serverMs, err)
		}
	}
}
