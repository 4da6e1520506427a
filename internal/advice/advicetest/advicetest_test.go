package advicetest

import "testing"

func TestIsError(t *testing.T) {
	for text, want := range map[string]bool{
		"uid2: -now: it is no time\n  what to do: write -now TIME\n":                   true,
		"uid2: -now: it is no time\n  what to do: write -now TIME":                     false,
		"uid2: it is no time\n  what to do: write -now TIME\n":                         false,
		"uid2: -now: it is no time\n":                                                  false,
		"bench: -now: it is no time\n  what to do: write -now TIME\n":                  false,
		"uid2: -now: it is no time\n  what to do: write -now TIME\n  what to do: go\n": false,
		"so\nuid2: -now: it is no time\n  what to do: write -now TIME\n":               false,
		"": false,
	} {
		if got := IsError("uid2", text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
