//go:build interop

package interop

import (
	"fmt"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// speedTokens are enough for a clock, and fewer than would show the memory's latency.
const speedTokens = 2000

// BenchmarkDecrypt has each SDK decrypt the same tokens for a bidder, on one core, by the clock of its own process and the best
// of many rounds: without the pipe to it, and after its compiler has done its work.
func BenchmarkDecrypt(b *testing.B) {
	server := start(b)
	for _, version := range versions {
		tokens := make([]string, speedTokens)
		for i := range tokens {
			tokens[i] = server.Token(uid2test.TokenSpec{Version: version, Email: fmt.Sprintf("user%d@example.com", i)})
		}
		for _, s := range sdks {
			b.Run(fmt.Sprintf("v%d/%s", version, s.name), func(b *testing.B) {
				s.connect(b, "bidstream", server, server.Client())
				for b.Loop() {
					var answer struct {
						Ns float64 `json:"ns"`
					}
					s.must(b, object{"op": "speed", "tokens": tokens, "name": "example.com", "rounds": 20}, &answer)
					b.ReportMetric(answer.Ns, "ns/token")
				}
			})
		}
		b.Run(fmt.Sprintf("v%d/go", version), func(b *testing.B) {
			d, err := bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keyset.Static(keysOf(b, server, uid2test.PathBidstream))))
			if err != nil {
				b.Fatal(err)
			}
			query := bidstream.Query{Name: "example.com", Scope: codec.ScopeUID2, NowMs: time.Now().UnixMilli()}
			var verdict bidstream.Verdict
			var raw []byte
			for b.Loop() {
				best := time.Hour
				for range 20 {
					start := time.Now()
					for _, token := range tokens {
						d.DecryptString(&verdict, token, query)
						uid, ok := verdict.RawUID()
						if raw = uid.AppendReveal(raw[:0]); !ok {
							b.Fatal("a token doesn't open")
						}
					}
					best = min(best, time.Since(start))
				}
				b.ReportMetric(float64(best)/speedTokens, "ns/token")
			}
		})
	}
}
