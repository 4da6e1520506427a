package envelope_test

import (
	"bytes"
	"encoding/json"
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

// TestRealOperator opens what a real operator once sent.
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
		refuseRequest(t, secret, request, envelope.ErrSecretSize)
		refuseResponse(t, secret, response, nonce(v), envelope.ErrSecretSize)
		refuseSealed(t, secret, response, envelope.ErrSecretSize)
	}
}

// TestEveryByteCounts truncates, extends and flips valid envelopes: none of the results may open.
func TestEveryByteCounts(t *testing.T) {
	v := fixtures.Envelopes()
	request := v.Request.Vectors[0].Envelope
	for i := range request {
		refuseRequest(t, v.Secret, request[:i], shortBelow(envelope.RequestOverhead, i))
		want := envelope.ErrDecrypt
		if i == 0 {
			want = envelope.ErrVersion
		}
		refuseRequest(t, v.Secret, flipped(request, i), want)
	}
	refuseRequest(t, v.Secret, append(request, 0), envelope.ErrDecrypt)

	response := v.Response.Vectors[0].Envelope
	for i := range response {
		refuseResponse(t, v.Secret, response[:i], nonce(v), shortBelow(envelope.ResponseOverhead, i))
		refuseResponse(t, v.Secret, flipped(response, i), nonce(v), envelope.ErrDecrypt)
	}
	refuseResponse(t, v.Secret, append(response, 0), nonce(v), envelope.ErrDecrypt)
	for i := range envelope.NonceSize {
		other := nonce(v)
		other[i] ^= 1
		refuseResponse(t, v.Secret, response, other, envelope.ErrNonce)
	}

	refresh := fixtures.Publisher().Refresh
	for i := range refresh.Body {
		refuseSealed(t, refresh.Key, refresh.Body[:i], shortBelow(envelope.SealedOverhead, i))
		refuseSealed(t, refresh.Key, flipped(refresh.Body, i), envelope.ErrDecrypt)
	}
	refuseSealed(t, refresh.Key, append(refresh.Body, 0), envelope.ErrDecrypt)
}

// shortBelow returns the error for the first n bytes of a truncated envelope.
func shortBelow(overhead, n int) error {
	if n < overhead {
		return envelope.ErrShort
	}
	return envelope.ErrDecrypt
}

func flipped(sealed []byte, at int) []byte {
	forged := bytes.Clone(sealed)
	forged[at] ^= 0x10
	return forged
}

// refuseRequest checks that the error is this one, and the other results are zero.
func refuseRequest(t *testing.T, secret, sealed []byte, want error) {
	t.Helper()
	ms, of, payload, err := envelope.OpenRequest(secret, sealed)
	if err != want || ms != 0 || of != [envelope.NonceSize]byte{} || payload != nil {
		t.Fatalf("a request of %d bytes: %d %x %q %v, want %v", len(sealed), ms, of, payload, err, want)
	}
}

func refuseResponse(t *testing.T, secret, sealed []byte, of [envelope.NonceSize]byte, want error) {
	t.Helper()
	payload, ms, err := envelope.OpenResponse(secret, sealed, of)
	if err != want || payload != nil || ms != 0 {
		t.Fatalf("a response of %d bytes: %q %d %v, want %v", len(sealed), payload, ms, err, want)
	}
}

func refuseSealed(t *testing.T, key, sealed []byte, want error) {
	t.Helper()
	if payload, err := envelope.OpenSealed(key, sealed); err != want || payload != nil {
		t.Fatalf("a sealed text of %d bytes: %q %v, want %v", len(sealed), payload, err, want)
	}
}

// TestNothingInside: the shortest envelopes open, to an empty payload.
func TestNothingInside(t *testing.T) {
	v := fixtures.Envelopes()
	request, _ := envelope.AppendRequest(nil, v.Secret, 7, nonce(v), nil)
	if ms, of, payload, err := envelope.OpenRequest(v.Secret, request); err != nil || ms != 7 || of != nonce(v) || len(payload) != 0 {
		t.Errorf("request: %d %x %q %v", ms, of, payload, err)
	}
	response, _ := envelope.AppendResponse(nil, v.Secret, 7, nonce(v), nil)
	if payload, ms, err := envelope.OpenResponse(v.Secret, response, nonce(v)); err != nil || ms != 7 || len(payload) != 0 {
		t.Errorf("response: %q %d %v", payload, ms, err)
	}
	sealed, _ := envelope.AppendSealed(nil, v.Secret, nil)
	if payload, err := envelope.OpenSealed(v.Secret, sealed); err != nil || len(payload) != 0 {
		t.Errorf("sealed: %q %v", payload, err)
	}
	if len(request) != envelope.RequestOverhead || len(response) != envelope.ResponseOverhead || len(sealed) != envelope.SealedOverhead {
		t.Errorf("%d, %d and %d bytes", len(request), len(response), len(sealed))
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
