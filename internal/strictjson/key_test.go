package strictjson

import "testing"

// A name of the caller's own choice, such as an alias of a bidder, may begin with anything.
func TestLooksLikeAnyName(t *testing.T) {
	for _, c := range []struct {
		key, name string
		want      bool
	}{
		{"_dsp", "_dsp", true}, {"_DSP", "_dsp", true}, {"33across", "33ACROSS", true}, {"OurDSP", "ourdsp", true}, {"ourdsp", "OURDSP", true},
		{"İx", "ix", true}, {"ix", "İx", true}, {"ıX", "Ix", true}, {"kargo", "\u212Aargo", true}, {"\u212Aargo", "kargo", true}, {"ſsp", "SSP", true},
		{"", "", true}, {"", "a", false}, {"a", "", false}, {"a", "b", false}, {"ab", "a", false}, {"a", "ab", false}, {"[dsp", "{dsp", false}, {"é", "e", false},
	} {
		if got := (Key{[]byte(c.key)}).LooksLike(c.name); got != c.want {
			t.Errorf("%q, %q: %t, want %t", c.key, c.name, got, c.want)
		}
	}
}
