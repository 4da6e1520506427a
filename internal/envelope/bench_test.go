//go:build go1.24

package envelope_test

import (
	"bytes"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// A key answer with some five thousand keys is about 0.75 MB of JSON.
func BenchmarkOpenResponse(b *testing.B) {
	secret := make([]byte, envelope.SecretSize)
	nonce := envelope.NewNonce()
	sealed, err := envelope.AppendResponse(nil, secret, 1, nonce, bytes.Repeat([]byte("keys"), 750_000/4))
	if err != nil {
		b.Fatal(err)
	}
	text := envelope.AppendBase64(nil, sealed)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		raw, err := envelope.DecodeBase64(text)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := envelope.OpenResponse(secret, raw, nonce); err != nil {
			b.Fatal(err)
		}
	}
}
