//go:build go1.24

package bidstream_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// benchmarked returns a Decrypter with both scopes' keys and a hundred thousand opted-out users.
func benchmarked(b *testing.B) *bidstream.Decrypter {
	var store bidstream.MemoryOptOuts
	store.AddAll(func(yield func(codec.RawUID, int64) bool) {
		raw := make([]byte, 32)
		for i := range 100_000 {
			raw[0], raw[1], raw[2] = byte(i), byte(i>>8), byte(i>>16)
			u, _ := codec.NewRawUID(raw)
			yield(u, int64(i))
		}
	})
	return newDecrypter(b,
		bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot(b, codec.ScopeUID2))),
		bidstream.WithKeys(codec.ScopeEUID, keyset.Static(snapshot(b, codec.ScopeEUID))),
		bidstream.WithOptOuts(&store),
	)
}

// BenchmarkDecrypt measures everything that a bidder does with a token. codec's BenchmarkFloor
// measures the cryptography alone.
func BenchmarkDecrypt(b *testing.B) {
	d := benchmarked(b)
	for _, c := range []struct{ name, id string }{
		{"v2", "G1"}, {"v3", "G2"}, {"v4", "G3"}, {"v4 client-side", "G6"}, {"another scope", "G5"},
	} {
		b.Run(c.name, func(b *testing.B) {
			token := []byte(fixtures.Token(c.id).Text)
			q := bidstream.Query{Name: "example.com", Scope: codec.ScopeUID2, NowMs: now}
			var v bidstream.Verdict
			b.ReportAllocs()
			for b.Loop() {
				d.Decrypt(&v, token, q)
			}
		})
	}
}

func BenchmarkDecryptParallel(b *testing.B) {
	d := benchmarked(b)
	token := []byte(fixtures.Token("G3").Text)
	q := bidstream.Query{Name: "example.com", Scope: codec.ScopeUID2, NowMs: now}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var v bidstream.Verdict
		for pb.Next() {
			d.Decrypt(&v, token, q)
		}
	})
}
