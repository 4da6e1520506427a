//go:build go1.24

package keyset_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/keyset"
)

// bigAnswer is about as large as the largest operators' answers: thousands of keys, and sites with
// a few names each.
func bigAnswer(keys, siteCount int) string {
	list := make([]string, keys)
	for i := range list {
		secret := make([]byte, 32)
		binary.LittleEndian.PutUint64(secret, uint64(i))
		list[i] = fmt.Sprintf(`{"id":%d,"keyset_id":%d,"created":1700000000,"activates":1700086400,"expires":1731536000,"secret":"%s"}`,
			i+1, i/10, base64.StdEncoding.EncodeToString(secret))
	}
	named := make([]string, siteCount)
	for i := range named {
		named[i] = fmt.Sprintf(`{"id":%d,"domain_names":["example%d.com","www%d.example","com.example.app%d"]}`, i+1, i, i, i)
	}
	return bodyJSON(`"site_data":[`+strings.Join(named, ",")+`],`, list...)
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []struct{ keys, sites int }{{10, 1}, {5000, 0}, {5000, 500}, {100_000, 0}} {
		b.Run(fmt.Sprintf("keys=%d/sites=%d", n.keys, n.sites), func(b *testing.B) {
			answer := []byte(bigAnswer(n.keys, n.sites))
			b.SetBytes(int64(len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := keyset.Parse(answer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNameAllowed(b *testing.B) {
	s := mustParse(b, bigAnswer(10, 1000))
	b.ReportAllocs()
	for b.Loop() {
		if !s.NameAllowed(500, "Example499.com") {
			b.Fatal("refused")
		}
	}
}

func BenchmarkActiveKey(b *testing.B) {
	s := mustParse(b, bigAnswer(5000, 0))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.ActiveKey(77, 1710000000000); !ok {
			b.Fatal("none")
		}
	}
}

func BenchmarkSnapshot(b *testing.B) {
	s := &source{answer: sharingAnswer}
	r, err := keyset.NewRefresher(s.fetch)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	if err := r.WaitReady(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if r.Snapshot().Len() != 2 {
				b.Error("no keys")
				return
			}
		}
	})
}
