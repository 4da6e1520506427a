//go:build !race

package keyset_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/keyset"
)

// TestParsingAllocatesLittle: three allocations per thousand keys at most, beside some tens for any
// answer, so that a refresh leaves the garbage collector little to do.
func TestParsingAllocatesLittle(t *testing.T) {
	const keys = 20_000
	answer := []byte(bigAnswer(keys, 0))
	n := testing.AllocsPerRun(3, func() {
		if _, err := keyset.Parse(answer); err != nil {
			t.Fatal(err)
		}
	})
	if n > 40+3*keys/1000 {
		t.Errorf("%v allocations", n)
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	s := mustParse(t, sharingAnswer)
	r := start(t, hang)
	for name, f := range map[string]func(){
		"NameAllowed":          func() { s.NameAllowed(9000, "COM.123.GAME.APP.Android") },
		"NameAllowed, unknown": func() { s.NameAllowed(9001, "example.com") },
		"ActiveKey":            func() { s.ActiveKey(99999, 1700000000000) },
		"Lookup":               func() { s.Keys().Lookup(3) },
		"Snapshot":             func() { r.Snapshot() },
		"Synced":               func() { s.Synced(1700000000000) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
