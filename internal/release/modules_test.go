package main

import (
	"slices"
	"testing"
)

// TestReleased: the tags by which the go command finds the modules, in the order in which they are made.
func TestReleased(t *testing.T) {
	modules, err := released("v0.5.1")
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, m := range modules {
		tags = append(tags, m.tag())
	}
	if want := []string{"v0.5.1", "metrics/v0.5.1", "module/v0.5.1", "module/v3.5.1", "module/v4.5.1", "module/register/v0.5.1", "inspect/v0.5.1", "cmd/uid2/v0.5.1"}; !slices.Equal(tags, want) {
		t.Errorf("%q, want %q", tags, want)
	}
	for _, version := range []string{"", "0.5.1", "v1.5.1", "v0.5", "v0.5.1-rc.1", "v0.5.1+x"} {
		if _, err := released(version); err == nil {
			t.Errorf("%q was taken", version)
		}
	}
}
