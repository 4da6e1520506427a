//go:build go1.24

package codec_test

import (
	"crypto/aes"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

var goldenOf = map[string]string{"v2": "G1", "v3": "G2", "v4": "G3"}

// BenchmarkOpen measures Parse and Open. BenchmarkFloor is its lower bound.
func BenchmarkOpen(b *testing.B) {
	all := table(b)
	for _, version := range []string{"v2", "v3", "v4"} {
		b.Run(version, func(b *testing.B) {
			text := []byte(fixtures.Token(goldenOf[version]).Text)
			tk := new(codec.Token)
			b.ReportAllocs()
			for b.Loop() {
				if codec.Parse(tk, text) != codec.Success || tk.Open(all) != codec.Success {
					b.Fatal("doesn't open")
				}
			}
		})
	}
}

// BenchmarkFloor measures the cryptography alone, with prepared keys: for versions 3 and 4 two
// AES-256-GCM openings, of the sizes that go with a raw UID of 32 bytes; for version 2 the twelve
// block decryptions.
func BenchmarkFloor(b *testing.B) {
	b.Run("v3v4", func(b *testing.B) {
		v := fixtures.Token("G3")
		token, s := decoded(b, v.Text), secrets()
		master, site := referenceGCM(s[v.MasterKeyID]), referenceGCM(s[v.SiteKeyID])
		var outer, inner [256]byte
		b.ReportAllocs()
		for b.Loop() {
			layer, err := master.Open(outer[:0], token[6:18], token[18:], nil)
			if err != nil {
				b.Fatal(err)
			}
			if _, err = site.Open(inner[:0], layer[33:45], layer[45:], nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("v2", func(b *testing.B) {
		block, err := aes.NewCipher(secrets()[5001])
		if err != nil {
			b.Fatal(err)
		}
		var data [16]byte
		b.ReportAllocs()
		for b.Loop() {
			for range 12 {
				block.Decrypt(data[:], data[:])
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, version := range []string{"v2", "v3", "v4"} {
		b.Run(version, func(b *testing.B) {
			text := fixtures.Token(goldenOf[version]).Text
			tk := new(codec.Token)
			b.ReportAllocs()
			for b.Loop() {
				codec.Parse(tk, text)
			}
		})
	}
}

func BenchmarkSeal(b *testing.B) {
	k, f := keys(b), fields(b, fixtures.Token("G3"))
	for name, v := range map[string]codec.Version{"v2": codec.V2, "v3": codec.V3, "v4": codec.V4} {
		b.Run(name, func(b *testing.B) {
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = codec.AppendSeal(dst[:0], v, &f, k[5001], k[5002])
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	var all []*codec.Key
	for id := range uint32(5000) {
		all = append(all, newKey(b, id))
	}
	table := codec.NewKeyTable(all)
	id := uint32(0)
	for b.Loop() {
		if table.Lookup(id) == nil {
			b.Fatal("not found")
		}
		id = (id + 2477) % 5000
	}
}

func BenchmarkNewKey(b *testing.B) {
	secret := make([]byte, codec.KeySize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := codec.NewKey(1, secret); err != nil {
			b.Fatal(err)
		}
	}
}
