package envelope_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

func nonce(v fixtures.EnvelopeVectors) [envelope.NonceSize]byte {
	return [envelope.NonceSize]byte(v.Nonce)
}

func TestRequestVectors(t *testing.T) {
	v := fixtures.Envelopes()
	for _, c := range v.Request.Vectors {
		raw, err := envelope.AppendRequestIV(nil, v.Secret, [12]byte(v.Request.IV), v.Request.TimestampMs, nonce(v), []byte(c.Payload))
		if err != nil || !bytes.Equal(raw, c.Envelope) {
			t.Errorf("payload %q sealed to %x, %v", c.Payload, raw, err)
		}
		if len(raw) != len(c.Payload)+envelope.RequestOverhead {
			t.Errorf("payload %q: overhead is %d", c.Payload, len(raw)-len(c.Payload))
		}
		ms, of, payload, err := envelope.OpenRequest(v.Secret, c.Envelope)
		if err != nil || ms != v.Request.TimestampMs || of != nonce(v) || string(payload) != c.Payload {
			t.Errorf("opened %d %x %q %v", ms, of, payload, err)
		}
	}
}

func TestResponseVectors(t *testing.T) {
	v := fixtures.Envelopes()
	for _, c := range v.Response.Vectors {
		of := nonce(v)
		if !c.RightNonce {
			payload, ms, err := envelope.OpenResponse(v.Secret, c.Envelope, of)
			if err != envelope.ErrNonce || payload != nil || ms != 0 {
				t.Errorf("answer to another request: %q %d %v, want ErrNonce", payload, ms, err)
			}
			clear(of[:])
		}
		payload, ms, err := envelope.OpenResponse(v.Secret, c.Envelope, of)
		if err != nil || ms != v.Response.ServerMs || string(payload) != c.Payload {
			t.Errorf("opened %q %d %v", payload, ms, err)
		}
		raw, err := envelope.AppendResponseIV(nil, v.Secret, [12]byte(v.Response.IV), v.Response.ServerMs, of, []byte(c.Payload))
		if err != nil || !bytes.Equal(raw, c.Envelope) {
			t.Errorf("sealed to %x, %v", raw, err)
		}
		if len(raw) != len(c.Payload)+envelope.ResponseOverhead {
			t.Errorf("overhead is %d", len(raw)-len(c.Payload))
		}
	}
}

// TestRealOperator opens what a running operator once sent.
func TestRealOperator(t *testing.T) {
	v, of := fixtures.Publisher(), fixtures.Envelopes()
	payload, ms, err := envelope.OpenResponse(of.Secret, v.Generate.Body, nonce(of))
	if err != nil || ms != v.Generate.ServerMs {
		t.Fatalf("generate: %d %v", ms, err)
	}
	checkIdentity(t, payload, v.Generate.IdentityVector)

	if payload, err = envelope.OpenSealed(v.Refresh.Key, v.Refresh.Body); err != nil {
		t.Fatalf("refresh: %v", err)
	}
	checkIdentity(t, payload, v.Refresh.IdentityVector)

	payload, err = envelope.OpenSealed(v.RefreshOptOut.Key, v.RefreshOptOut.Body)
	if err != nil || string(payload) != v.RefreshOptOut.Payload {
		t.Errorf("refresh after an opt-out: %q %v", payload, err)
	}
}

func checkIdentity(t *testing.T, payload []byte, want fixtures.IdentityVector) {
	t.Helper()
	var got struct {
		Body struct {
			AdvertisingToken string `json:"advertising_token"`
			RefreshFrom      int64  `json:"refresh_from"`
		}
	}
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	if got.Body.RefreshFrom != want.RefreshFromMs || !strings.HasPrefix(got.Body.AdvertisingToken, want.TokenPrefix) {
		t.Errorf("%+v, want %+v", got.Body, want)
	}
}

func TestSecretSize(t *testing.T) {
	v := fixtures.Envelopes()
	request := v.Request.Vectors[0].Envelope
	response := v.Response.Vectors[0].Envelope
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
		if _, _, err := envelope.OpenResponse(secret, response, nonce(v)); err != envelope.ErrSecretSize {
			t.Errorf("OpenResponse, %d bytes: %v", n, err)
		}
		if _, err := envelope.OpenSealed(secret, response); err != envelope.ErrSecretSize {
			t.Errorf("OpenSealed, %d bytes: %v", n, err)
		}
	}
}

// TestEveryByteCounts cuts, lengthens and flips genuine envelopes: none of the results may open.
func TestEveryByteCounts(t *testing.T) {
	v := fixtures.Envelopes()
	request := v.Request.Vectors[0].Envelope
	response := v.Response.Vectors[0].Envelope

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
		if p, _, err := envelope.OpenResponse(v.Secret, response[:i], nonce(v)); err == nil || p != nil {
			t.Fatalf("a response of %d bytes opened", i)
		} else if i < envelope.ResponseOverhead != errors.Is(err, envelope.ErrShort) {
			t.Fatalf("a response of %d bytes: %v", i, err)
		}
		forged := bytes.Clone(response)
		forged[i] ^= 0x10
		if _, _, err := envelope.OpenResponse(v.Secret, forged, nonce(v)); err != envelope.ErrDecrypt {
			t.Fatalf("response with byte %d changed: %v", i, err)
		}
	}
	if _, _, _, err := envelope.OpenRequest(v.Secret, append(request, 0)); err != envelope.ErrDecrypt {
		t.Error("a longer request opened")
	}
	for i := range envelope.NonceSize {
		other := nonce(v)
		other[i] ^= 1
		if _, _, err := envelope.OpenResponse(v.Secret, response, other); err != envelope.ErrNonce {
			t.Errorf("nonce differing in byte %d: %v", i, err)
		}
	}
}

func TestFreshness(t *testing.T) {
	v := fixtures.Envelopes()
	a, _ := envelope.AppendRequest(nil, v.Secret, 1, [8]byte{}, nil)
	b, _ := envelope.AppendRequest(nil, v.Secret, 1, [8]byte{}, nil)
	if bytes.Equal(a, b) {
		t.Error("two requests have the same IV")
	}
	if one, other := envelope.NewNonce(), envelope.NewNonce(); one == other {
		t.Error("two nonces are the same")
	}
}

func TestAppendKeepsPrefix(t *testing.T) {
	v := fixtures.Envelopes()
	for _, dst := range [][]byte{nil, []byte("prefix"), append(make([]byte, 0, 500), "prefix"...)} {
		n := len(dst)
		got, err := envelope.AppendRequest(dst, v.Secret, 7, nonce(v), []byte("payload"))
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
