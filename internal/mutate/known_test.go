package main

import (
	"slices"
	"strings"
	"testing"
)

func TestKnown(t *testing.T) {
	k := &known{reasons: make(map[string]string)}
	err := k.parse("# a comment\nleast 97.5\n\na.go f: [[1 => 2]]\n\twording\nb.go: [[1 => 2]] #2\n\tspeed: it is\n\tquicker\n")
	if err != nil || k.least != 97.5 || len(k.names) != 2 || k.reasons["a.go f: [[1 => 2]]"] != "wording" ||
		k.reasons["b.go: [[1 => 2]] #2"] != "speed: it is quicker" {
		t.Errorf("%v, %+v", err, k)
	}
}

func TestKnownErrors(t *testing.T) {
	for text, want := range map[string]string{
		"least many\n":                         ":1: strconv",
		"\twording\n":                          ":1: a reason without",
		"a: b\n\n":                             "no reason for a: b",
		"a: b\n\tnobody cares\n":               ":2: a reason must start with",
		"a: b\n\twording\n\na: b\n\twording\n": ":4: listed twice",
	} {
		k := &known{reasons: make(map[string]string)}
		if err := k.parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestKnownCheck(t *testing.T) {
	k := &known{names: []string{"there", "untried", "noticed", "gone"}}
	there, noticed := &Change{Name: "there", Result: Unnoticed}, &Change{Name: "noticed", Result: Failed, NoticedBy: "TestIt"}
	got := k.check([]*Change{there, noticed, {Name: "untried"}}, []*Change{there, noticed})
	want := []string{"listed, but noticed (failed TestIt): noticed", "listed, but there is no such change: gone"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestKnownOfFiles(t *testing.T) {
	k := &known{names: []string{"a.go: 1", "b.go f: 2", "c.go f: b.go"}}
	for _, c := range []struct{ files, want []string }{
		{nil, k.names}, {[]string{"b.go"}, k.names[1:2]}, {[]string{"c.go", "a.go"}, []string{k.names[0], k.names[2]}},
	} {
		if got := k.of(c.files).names; !slices.Equal(got, c.want) {
			t.Errorf("%q: %q", c.files, got)
		}
	}
}
