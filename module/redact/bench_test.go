//go:build go1.24

package redact_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/redact"
)

// BenchmarkBytes searches text without a raw UID. The floor is a search for one byte that isn't there.
func BenchmarkBytes(b *testing.B) {
	set := redact.New(manyRaws(64))
	token := strings.Repeat("AgAAAAM0eHpmYXNkZmFzZGZhc2Rm", 8)
	eid := `{"source":"uidapi.com","uids":[{"id":"` + token + `","atype":3,"ext":{"uid2":{"status":"Success","opted_out":false}}}]}`
	nested, err := json.Marshal(eid)
	if err != nil {
		b.Fatal(err)
	}
	for _, text := range []struct{ name, text string }{
		{"markup", `<div class="ad"><a href="https://ad.example/c?x=1" target="_blank"><img src="i.png" width="300"/></a></div> `},
		{"eids", eid},
		{"eids in JSON", string(nested)},
		{"base64", token},
		{"percent", `%2B%2F%3D`},
		{"backslashes", `\\\\\\\\`},
		{"references", `&#43;&amp;&#x2f;`},
	} {
		big := []byte(strings.Repeat(text.text, 1<<20/len(text.text)))
		b.Run(text.name, func(b *testing.B) {
			b.SetBytes(int64(len(big)))
			b.ReportAllocs()
			for b.Loop() {
				if _, found := set.Bytes(big); found != 0 {
					b.Fatal("found")
				}
			}
		})
	}
	floor := bytes.Repeat([]byte(token), 1<<20/len(token))
	b.Run("floor", func(b *testing.B) {
		b.SetBytes(int64(len(floor)))
		for b.Loop() {
			if bytes.IndexByte(floor, '%') >= 0 {
				b.Fatal("found")
			}
		}
	})
}
