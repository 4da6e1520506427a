package strictjson

import (
	"strings"
	"testing"
)

// A name that the caller chooses, such as an alias of a bidder, may start with anything.
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

func TestOnce(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want string // "y" for a match, "." for none, "!" for an ambiguous key
	}{
		{[]string{"eids", "x", "eids"}, "y.!"}, {[]string{"EIDS"}, "!"}, {[]string{"eids", "eIds"}, "y!"}, {[]string{"Eids", "eids"}, "!y"},
		{[]string{"", "eid", "eidss", "\u00c5ids", "eids"}, "....y"}, {[]string{"e\u0131ds"}, "!"}, {[]string{"e\u0130ds", "x"}, "!."},
	} {
		var o UniqueKey
		got := ""
		for _, key := range c.keys {
			switch is, err := o.Matches(Key{[]byte(key)}, "eids"); {
			case is && err == nil:
				got += "y"
			case !is && err == nil:
				got += "."
			case !is && err == ErrAmbiguous:
				got += "!"
			}
		}
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.keys, got, c.want)
		}
	}
}

func TestMaxDepth(t *testing.T) {
	for depth, want := range map[int]error{127: nil, 128: nil, 129: ErrTooDeep} {
		for _, brackets := range []string{"[]", "{}"} {
			before, behind := brackets[:1], brackets[1:]
			if brackets == "{}" {
				before = `{"a":`
			}
			data := []byte(strings.Repeat(before, depth-1) + brackets + strings.Repeat(behind, depth-1))
			fast, slow := Scanner{Data: data}, plain{Scanner{Data: data}}
			if got := fast.Skip(); got != want {
				t.Errorf("%d %s passed: %v, want %v", depth, brackets, got, want)
			}
			if got := slow.Skip(); got != want {
				t.Errorf("%d %s walked: %v, want %v", depth, brackets, got, want)
			}
		}
	}
}
