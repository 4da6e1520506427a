package envelope_test

import (
	"bytes"
	"testing"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// FuzzOpenRequest: what was sealed opens to the same time, nonce and payload; bytes that nobody
// sealed under the secret (here: the input itself, or a sealed request with the input folded into
// it) fail and yield nothing.
func FuzzOpenRequest(f *testing.F) {
	v := fixtures.Envelopes()
	for _, c := range v.Request.Vectors {
		f.Add([]byte(c.Payload), v.Request.TimestampMs)
		f.Add(c.Envelope, int64(-1))
	}
	secret := bytes.Repeat([]byte{7}, envelope.SecretSize)
	f.Fuzz(func(t *testing.T, data []byte, ms int64) {
		if _, nonce, payload, err := envelope.OpenRequest(secret, data); err == nil || payload != nil || nonce != [8]byte{} {
			t.Fatalf("opened what was never sealed: %v", err)
		}
		nonce := envelope.NewNonce()
		sealed, err := envelope.AppendRequest(nil, secret, ms, nonce, data)
		if err != nil {
			t.Fatal(err)
		}
		gotMs, gotNonce, payload, err := envelope.OpenRequest(secret, sealed)
		if err != nil || gotMs != ms || gotNonce != nonce || !bytes.Equal(payload, data) {
			t.Fatalf("round trip: %d %x %v", gotMs, gotNonce, err)
		}
		if fold(sealed, data) {
			if _, _, payload, err := envelope.OpenRequest(secret, sealed); err == nil || payload != nil {
				t.Fatal("a changed request opened")
			}
		}
	})
}

// FuzzOpenResponse: the same law for responses, and a response opens only with its own nonce.
func FuzzOpenResponse(f *testing.F) {
	v := fixtures.Envelopes()
	for _, c := range v.Response.Vectors {
		f.Add([]byte(c.Payload), v.Response.ServerMs)
		f.Add(c.Envelope, int64(0))
	}
	f.Add(fixtures.Publisher().RefreshOptOut.Body, int64(1)<<62)
	secret := bytes.Repeat([]byte{7}, envelope.SecretSize)
	f.Fuzz(func(t *testing.T, data []byte, ms int64) {
		nonce := envelope.NewNonce()
		if payload, _, err := envelope.OpenResponse(secret, data, nonce); err == nil || payload != nil {
			t.Fatalf("opened what was never sealed: %v", err)
		}
		if payload, err := envelope.OpenSealed(secret, data); err == nil || payload != nil {
			t.Fatalf("opened what was never sealed: %v", err)
		}
		sealed, err := envelope.AppendResponse(nil, secret, ms, nonce, data)
		if err != nil {
			t.Fatal(err)
		}
		payload, gotMs, err := envelope.OpenResponse(secret, sealed, nonce)
		if err != nil || gotMs != ms || !bytes.Equal(payload, data) {
			t.Fatalf("round trip: %d %v", gotMs, err)
		}
		if payload, _, err := envelope.OpenResponse(secret, sealed, envelope.NewNonce()); err != envelope.ErrNonce || payload != nil {
			t.Fatalf("another nonce: %v", err)
		}
		if fold(sealed, data) {
			if payload, _, err := envelope.OpenResponse(secret, sealed, nonce); err == nil || payload != nil {
				t.Fatal("a changed response opened")
			}
		}
	})
}

// FuzzDecodeBase64: a text decodes only if it is what AppendBase64 writes for the result.
func FuzzDecodeBase64(f *testing.F) {
	for _, s := range []string{"", "AAEC", "AA\nEC", "/w==", "/x==", "-_8=", "AAEC\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if raw, err := envelope.DecodeBase64(text); err != nil {
			if raw != nil {
				t.Fatal("a refused text gave bytes")
			}
		} else if !bytes.Equal(envelope.AppendBase64(nil, raw), text) {
			t.Fatal("two texts of one envelope")
		}
		if raw, err := envelope.DecodeBase64(envelope.AppendBase64(nil, text)); err != nil || !bytes.Equal(raw, text) {
			t.Fatalf("round trip: %v", err)
		}
	})
}

// fold XORs data into sealed, wrapping around at the end, and reports whether sealed has changed.
func fold(sealed, data []byte) bool {
	before := bytes.Clone(sealed)
	for i, b := range data {
		sealed[i%len(sealed)] ^= b
	}
	return !bytes.Equal(sealed, before)
}
