package bidstream

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// TestNothingIsLeft: a group, which goes back to its pool, has nothing of the tokens and of the
// keys, whether it judged one token or more than go into it.
func TestNothingIsLeft(t *testing.T) {
	keys, err := keyset.Parse(fixtures.Answer("golden-uid2"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(WithKeys(codec.ScopeUID2, keyset.Static(keys)))
	if err != nil {
		t.Fatal(err)
	}
	text := fixtures.Token("G9").Text
	for n := range 3 * groupSize {
		g, tokens, verdicts := new(group), make([]string, n), make([]Verdict, n)
		for i := range tokens {
			tokens[i] = text
		}
		decryptWith(g, d, verdicts, tokens, []Query{{NowMs: fixtures.NowMs}})
		for i := range verdicts {
			if verdicts[i].uid.IsZero() {
				t.Fatalf("%d tokens: %v", n, verdicts[i].Status)
			}
		}
		for i := range g.tokens {
			token := &g.tokens[i]
			if !token.UID.IsZero() || token.Version != 0 || token.SiteID != 0 || g.chosen[i] != (chosen{}) || g.openings[i] != (codec.Opening{}) {
				t.Errorf("%d tokens: something is left in place %d", n, i)
			}
		}
	}
}
