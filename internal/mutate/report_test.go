package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestEnough(t *testing.T) {
	changes := []*Change{{Name: "a", Result: Failed}, {Name: "b", Result: TimedOut}, {Name: "c", Result: Unnoticed},
		{Name: "d", Result: Unnoticed, Wording: true}, {Name: "e", Result: NoProgram}}
	r := &report{Changes: changes, known: &known{least: 50, reasons: map[string]string{"c": "speed"}}}
	if got, want := r.tally(), (tally{all: 4, noticed: 2, timedOut: 1, wording: 1, listed: 1}); got != want {
		t.Errorf("%+v", got)
	}
	if !r.good() {
		t.Error("half isn't enough")
	}
	if r.known.least = 50.1; r.good() {
		t.Error("half is enough")
	}
	if r.partial = true; !r.good() {
		t.Error("some changes are held to what is said of all")
	}
	if r.Faults = []string{"a fault"}; r.good() {
		t.Error("a fault is good")
	}
}

func TestPrint(t *testing.T) {
	r := &report{Package: "p", Faults: []string{"a fault"}, Seconds: 1.6,
		known: &known{least: 90, reasons: map[string]string{"listed": "speed: it is"}}}
	here, err := filepath.Abs("dir/p.go")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []*Change{
		{Name: "failed", Result: Failed},
		{Name: "open", Result: Unnoticed},
		{Name: "listed", Result: Unnoticed, Wording: true},
		{Name: "text", Result: Unnoticed, Wording: true},
	} {
		c.file, c.Line, c.Column, c.Old, c.New = &file{path: here}, i, 5, "<", "<="
		r.Changes = append(r.Changes, c)
	}
	var out strings.Builder
	for _, c := range r.Changes {
		r.printUnnoticed(&out, c)
	}
	r.printFaults(&out)
	printTable(&out, []*report{r})
	const want = `dir/p.go:1:5: < -> <=
	open
	NOT NOTICED
dir/p.go:2:5: < -> <=
	listed
	speed: it is
dir/p.go:3:5: < -> <=
	text
	wording
p: a fault
package  changes  noticed  %     at least  of them timed out  unnoticed: listed  wording  other  time
p        4        1        25.0  90        0                  1                  1        1      2 s
`
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}
