package inspect

import (
	"fmt"
	"strings"
	"testing"
)

// pathological are requests of nearly MaxInput bytes that are as hard as one can make them.
func pathological(token string) map[string]string {
	fill := func(head, part, tail string) string {
		return head + strings.Repeat(part, (MaxInput-len(head)-len(tail))/len(part)) + tail
	}
	eids := func(uids, tail string) string {
		return `{"user":{"eids":[{"source":"uidapi.com","uids":[` + uids + tail
	}
	return map[string]string{
		"uids without an id": fill(eids("", ""), `{},`, `{}]}]}}`),
		"uids":               fill(eids("", ""), `{"id":"a"},`, `{}]}]}}`),
		"one token":          fill(eids("", ""), `{"id":"`+token+`"},`, `{}]}]}}`),
		"forgeries":          fill(eids("", ""), `{"ext":{"uid2":{"raw":"`+strings.Repeat("A", 44)+`"}}},`, `{}]}]}}`),
		"eids":               fill(`{"user":{"eids":[`, `{"source":"uidapi.com","uids":[{"id":"a"}]},`, `{}]}}`),
		"raw UIDs":           fill(`{"user":{"keywords":"`, strings.Repeat("A", 44)+",", `"},`+eids(uidOf(token), `]}]}}`)[1:]),
		"nested":             `{"user":{},"ext":` + strings.Repeat("[", 100) + strings.Repeat("1,", MaxInput/2-200) + "1" + strings.Repeat("]", 100) + "}",
		"nested too deep":    `{"user":{},"ext":` + strings.Repeat("[", 9000) + strings.Repeat("1,", MaxInput/2-10000) + "1" + strings.Repeat("]", 9000) + "}",
		"same lines":         fill(`{"user":{},"badv":[`, `"a",`, `"a"]}`),
		"long token":         eids(uidOf(strings.Repeat("A", MaxInput-200)), `]}]}}`),
		"two users":          fill(`{"user":{},"User":{"eids":[`, `{"source":"uidapi.com","uids":[{"id":"a"}]},`, `{}]}}`),
		"gpp":                `{"regs":{"gpp":"DBABLA` + strings.Repeat("~", MaxInput-200) + `","gpp_sid":[7]}}`,
		"escapes":            fill(`{"user":{"keywords":"`, `\u0041`, `"},`+eids(uidOf(token), `]}]}}`)[1:]),
		"annotated ids":      fill(eids(uidOf(token)+",", ""), `{"id":"x","ext":{}},`, `{}]}]}}`),
	}
}

// The work and the report are bounded. How long it takes is measured by the benchmark.
func TestPathologicalRequestsAreBounded(t *testing.T) {
	w := newRequestWorld(t)
	for name, text := range pathological(w.alice()) {
		if len(text) > MaxInput {
			t.Errorf("%s: %d bytes", name, len(text))
		}
		r := w.inspect(t, text)
		if len(r.UIDs) > maxListed+64 {
			t.Errorf("%s: %d uids", name, len(r.UIDs))
		}
		for _, d := range r.Deliveries {
			if len(d.Difference) > maxLines+1 {
				t.Errorf("%s: %d lines", name, len(d.Difference))
			}
		}
	}
}

func BenchmarkPathologicalRequests(b *testing.B) {
	w := newRequestWorld(b)
	for name, text := range pathological(w.alice()) {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				w.inspect(b, text)
			}
		})
	}
}

func BenchmarkRequest(b *testing.B) {
	w := newRequestWorld(b)
	for _, name := range []string{"2.6 site-banner-uid2-v4", "2.5 site-ten-slots"} {
		text := w.samples(b)[name]
		b.Run(fmt.Sprintf("%d-bytes", len(text)), func(b *testing.B) {
			for b.Loop() {
				w.inspect(b, text)
			}
		})
	}
}
