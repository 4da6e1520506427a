package envelope_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// vectors were all made elsewhere; the file says by whom.
type vectors struct {
	Origin  string
	Secret  []byte
	Nonce   string
	Request struct {
		IV    string
		Time  int64
		Cases []struct {
			Payload  string
			Envelope string
		}
	}
	Response struct {
		IV        string
		Time      int64
		Payload   string
		Envelope  string
		ZeroNonce string `json:"zero_nonce"`
	}
	Generate struct {
		Time     int64
		Envelope string
	}
	RefreshOptout struct {
		Key     []byte
		Payload string
		Sealed  string
	} `json:"refresh_optout"`
	Refresh struct {
		Key    []byte
		Sealed string
	}
}

func loadVectors(tb testing.TB) (v vectors) {
	tb.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		tb.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func (v vectors) nonce(tb testing.TB) (n [envelope.NonceSize]byte) {
	tb.Helper()
	unhex(tb, n[:], v.Nonce)
	return n
}

func unhex(tb testing.TB, dst []byte, s string) {
	tb.Helper()
	if n, err := hex.Decode(dst, []byte(s)); err != nil || n != len(dst) {
		tb.Fatalf("bad hex %q: %v", s, err)
	}
}

func unbase64(tb testing.TB, s string) []byte {
	tb.Helper()
	raw, err := envelope.DecodeBase64([]byte(s))
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func TestRequestVectors(t *testing.T) {
	v := loadVectors(t)
	var iv [12]byte
	unhex(t, iv[:], v.Request.IV)
	for _, c := range v.Request.Cases {
		raw, err := envelope.AppendRequestIV(nil, v.Secret, iv, v.Request.Time, v.nonce(t), []byte(c.Payload))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(envelope.AppendBase64(nil, raw)); got != c.Envelope {
			t.Errorf("payload %q sealed to\n%s, want\n%s", c.Payload, got, c.Envelope)
		}
		if len(raw) != len(c.Payload)+envelope.RequestOverhead {
			t.Errorf("payload %q: overhead is %d", c.Payload, len(raw)-len(c.Payload))
		}
		ms, nonce, payload, err := envelope.OpenRequest(v.Secret, unbase64(t, c.Envelope))
		if err != nil || ms != v.Request.Time || nonce != v.nonce(t) || string(payload) != c.Payload {
			t.Errorf("opened %d %x %q %v", ms, nonce, payload, err)
		}
	}
}

func TestResponseVectors(t *testing.T) {
	v := loadVectors(t)
	var iv [12]byte
	unhex(t, iv[:], v.Response.IV)
	raw, err := envelope.AppendResponseIV(nil, v.Secret, iv, v.Response.Time, v.nonce(t), []byte(v.Response.Payload))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(envelope.AppendBase64(nil, raw)); got != v.Response.Envelope {
		t.Errorf("sealed to %s", got)
	}
	if len(raw) != len(v.Response.Payload)+envelope.ResponseOverhead {
		t.Errorf("overhead is %d", len(raw)-len(v.Response.Payload))
	}
	payload, ms, err := envelope.OpenResponse(v.Secret, unbase64(t, v.Response.Envelope), v.nonce(t))
	if err != nil || ms != v.Response.Time || string(payload) != v.Response.Payload {
		t.Errorf("opened %q %d %v", payload, ms, err)
	}
	payload, ms, err = envelope.OpenResponse(v.Secret, unbase64(t, v.Response.ZeroNonce), v.nonce(t))
	if err != envelope.ErrNonce || payload != nil || ms != 0 {
		t.Errorf("answer to another request: %q %d %v, want ErrNonce", payload, ms, err)
	}
}

// TestRealOperator opens what a running operator once sent.
func TestRealOperator(t *testing.T) {
	v := loadVectors(t)
	payload, ms, err := envelope.OpenResponse(v.Secret, unbase64(t, v.Generate.Envelope), v.nonce(t))
	if err != nil || ms != v.Generate.Time {
		t.Fatalf("generate: %d %v", ms, err)
	}
	type answer struct {
		Status string
		Body   struct {
			AdvertisingToken   string `json:"advertising_token"`
			RefreshFrom        int64  `json:"refresh_from"`
			RefreshResponseKey []byte `json:"refresh_response_key"`
		}
	}
	var generated answer
	if err := json.Unmarshal(payload, &generated); err != nil {
		t.Fatal(err)
	}
	if generated.Status != "success" || generated.Body.RefreshFrom != 1668056202628 || !bytes.Equal(generated.Body.RefreshResponseKey, v.Refresh.Key) {
		t.Error("the generate response reads wrong")
	}

	payload, err = envelope.OpenSealed(v.Refresh.Key, unbase64(t, v.Refresh.Sealed))
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	var refreshed answer
	if err := json.Unmarshal(payload, &refreshed); err != nil {
		t.Fatal(err)
	}
	if refreshed.Body.RefreshFrom != 1668062281329 || !strings.HasPrefix(refreshed.Body.AdvertisingToken, "AgAAAANVKWUK") {
		t.Error("the refresh response reads wrong")
	}

	payload, err = envelope.OpenSealed(v.RefreshOptout.Key, unbase64(t, v.RefreshOptout.Sealed))
	if err != nil || string(payload) != v.RefreshOptout.Payload {
		t.Errorf("refresh opt-out: %q %v", payload, err)
	}
}

func TestSecretSize(t *testing.T) {
	v := loadVectors(t)
	request := unbase64(t, v.Request.Cases[0].Envelope)
	response := unbase64(t, v.Response.Envelope)
	dst := []byte("kept")
	for _, n := range []int{0, 16, 24, 31, 33, 64} {
		secret := make([]byte, n)
		got, err := envelope.AppendRequest(dst, secret, 1, [8]byte{}, nil)
		if err != envelope.ErrSecretSize || string(got) != "kept" {
			t.Errorf("AppendRequest, %d bytes: %q %v", n, got, err)
		}
		got, err = envelope.AppendResponse(dst, secret, 1, [8]byte{}, nil)
		if err != envelope.ErrSecretSize || string(got) != "kept" {
			t.Errorf("AppendResponse, %d bytes: %q %v", n, got, err)
		}
		got, err = envelope.AppendSealed(dst, secret, nil)
		if err != envelope.ErrSecretSize || string(got) != "kept" {
			t.Errorf("AppendSealed, %d bytes: %q %v", n, got, err)
		}
		if _, _, _, err := envelope.OpenRequest(secret, request); err != envelope.ErrSecretSize {
			t.Errorf("OpenRequest, %d bytes: %v", n, err)
		}
		if _, _, err := envelope.OpenResponse(secret, response, v.nonce(t)); err != envelope.ErrSecretSize {
			t.Errorf("OpenResponse, %d bytes: %v", n, err)
		}
		if _, err := envelope.OpenSealed(secret, response); err != envelope.ErrSecretSize {
			t.Errorf("OpenSealed, %d bytes: %v", n, err)
		}
	}
}

// TestEveryByteCounts cuts, lengthens and flips genuine envelopes: none of the results may open.
func TestEveryByteCounts(t *testing.T) {
	v := loadVectors(t)
	request := unbase64(t, v.Request.Cases[0].Envelope)
	response := unbase64(t, v.Response.Envelope)

	for i := range request {
		if _, _, p, err := envelope.OpenRequest(v.Secret, request[:i]); err == nil || p != nil {
			t.Fatalf("a request of %d bytes opened", i)
		} else if i < envelope.RequestOverhead != errors.Is(err, envelope.ErrShort) {
			t.Fatalf("a request of %d bytes: %v", i, err)
		}
		forged := bytes.Clone(request)
		forged[i] ^= 0x10
		_, _, _, err := envelope.OpenRequest(v.Secret, forged)
		if i == 0 && err != envelope.ErrVersion || i > 0 && err != envelope.ErrDecrypt {
			t.Fatalf("request with byte %d changed: %v", i, err)
		}
	}
	for i := range response {
		if p, _, err := envelope.OpenResponse(v.Secret, response[:i], v.nonce(t)); err == nil || p != nil {
			t.Fatalf("a response of %d bytes opened", i)
		} else if i < envelope.ResponseOverhead != errors.Is(err, envelope.ErrShort) {
			t.Fatalf("a response of %d bytes: %v", i, err)
		}
		forged := bytes.Clone(response)
		forged[i] ^= 0x10
		if _, _, err := envelope.OpenResponse(v.Secret, forged, v.nonce(t)); err != envelope.ErrDecrypt {
			t.Fatalf("response with byte %d changed: %v", i, err)
		}
	}
	if _, _, _, err := envelope.OpenRequest(v.Secret, append(request, 0)); err != envelope.ErrDecrypt {
		t.Error("a longer request opened")
	}
	for i := range envelope.NonceSize {
		nonce := v.nonce(t)
		nonce[i] ^= 1
		if _, _, err := envelope.OpenResponse(v.Secret, response, nonce); err != envelope.ErrNonce {
			t.Errorf("nonce differing in byte %d: %v", i, err)
		}
	}
}

func TestFreshness(t *testing.T) {
	v := loadVectors(t)
	a, _ := envelope.AppendRequest(nil, v.Secret, 1, [8]byte{}, nil)
	b, _ := envelope.AppendRequest(nil, v.Secret, 1, [8]byte{}, nil)
	if bytes.Equal(a, b) {
		t.Error("two requests have the same IV")
	}
	if envelope.NewNonce() == envelope.NewNonce() {
		t.Error("two nonces are the same")
	}
}

func TestAppendKeepsPrefix(t *testing.T) {
	v := loadVectors(t)
	for _, dst := range [][]byte{nil, []byte("prefix"), append(make([]byte, 0, 500), "prefix"...)} {
		n := len(dst)
		got, err := envelope.AppendRequest(dst, v.Secret, 7, v.nonce(t), []byte("payload"))
		if err != nil || !bytes.Equal(got[:n], dst) {
			t.Fatalf("prefix lost: %v", err)
		}
		if _, _, payload, err := envelope.OpenRequest(v.Secret, got[n:]); err != nil || string(payload) != "payload" {
			t.Errorf("%q %v", payload, err)
		}
		got, err = envelope.AppendSealed(dst, v.Secret, []byte("payload"))
		if err != nil || !bytes.Equal(got[:n], dst) {
			t.Fatalf("prefix lost: %v", err)
		}
		if payload, err := envelope.OpenSealed(v.Secret, got[n:]); err != nil || string(payload) != "payload" {
			t.Errorf("%q %v", payload, err)
		}
	}
}
