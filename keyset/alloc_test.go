//go:build !race

package keyset_test

import "testing"

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
