package dii_test

import (
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/dii"
)

// TestTextsComeOutAsTheyWentIn, of every length around those of a block of the mask; and two identities of one text are equal.
func TestTextsComeOutAsTheyWentIn(t *testing.T) {
	seen := make(map[dii.Identity]string)
	for length := range 150 {
		text := strings.Repeat("u", 1+length) + "@example.com"
		first, err := dii.Email(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := dii.Email(strings.Clone(text))
		if err != nil || again != first || first.RevealText() != text || again.RevealHash() != first.RevealHash() {
			t.Errorf("%d characters: equal %t, %q, %v", len(text), again == first, first.RevealText(), err)
		}
		seen[first] = text
	}
	for id, text := range seen {
		if id.RevealText() != text {
			t.Errorf("a map has %q for %q", text, id.RevealText())
		}
	}
	if len(seen) != 150 {
		t.Errorf("%d identities", len(seen))
	}
}
