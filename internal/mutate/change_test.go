package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// packageOf returns a package with a file p.go, and others.
func packageOf(t *testing.T, code string, others ...string) *pkg {
	t.Helper()
	p := newPkg(place{"p", t.TempDir()}, func(path string) (io.ReadCloser, error) {
		export, err := goList("-export", "-f", "{{.Export}}", path)
		if err != nil {
			return nil, err
		}
		return os.Open(string(bytes.TrimSpace(export)))
	})
	if err := p.addFile("p.go", []byte(code)); err != nil {
		t.Fatal(err)
	}
	for i, other := range others {
		if err := p.addFile(fmt.Sprintf("q%d.go", i), []byte(other)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.check(p.info); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestChanges shows the changes of one line of code for each kind.
func TestChanges(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"func f(a, b int) bool { return a == b }", "== => !="},
		{"func f(a, b int) bool { return a < b }", "< => <=, < => >="},
		{"func f(a, b int) bool { return a >= b }", ">= => >, >= => <"},
		{"func f(a, b bool) bool { return a && b }", "a && b => !(a && b), a && => (removed), a => !(a), && b => (removed), && => ||, b => !(b)"},
		{"func f(a bool) bool { return !a }", "! => (removed)"},
		{"func f(a bool) bool { return (a) }", "a => !(a)"},
		{"func f(a, b int) int { return a + b }", "+ => -"},
		{"func f(a, b string) string { return a + b }", ""},
		{"func f(a, b int) int { return a % b }", "% => *"},
		{"func f(a, b uint) uint { return a &^ b }", "&^ => &"},
		{"func f(a, b uint) uint { return a << b }", "<< => >>"},
		{"func f(a int) int { return -a }", "- => (removed)"},
		{"func f(a, b int) int { return min(a, b) }", "min => max"},
		{"func f(a *int, b int) { *a += b }", "*a += b => (removed), += => -="},
		{"func f(a *int) { *a++ }", "*a++ => (removed), ++ => --"},
		{"func f(a, b *int) { *a, *b = *b, *a }", "*a, *b = *b, *a => (removed), *a => _, *b => _"},
		{"func f() int { return 7 }", "7 => 8, 7 => 6"},
		{"func f() uint { return 0 }", "0 => 1"},
		{"func f() uint8 { return 0xff }", "0xff => (0xff - 1)"},
		{"func f() float64 { return .5 }", ".5 => (.5 + 1), .5 => (.5 - 1)"},
		{"func f() byte { return 'a' }", "'a' => ('a' + 1), 'a' => ('a' - 1)"},
		{"func f() string { return `a` }", "`a` => \"\""},
		{"func f() string { return \"\" }", "\"\" => \"?\""},
		{"type t struct { A int `json:\"a\"` }", "`json:\"a\"` => \"\""},
		{"func f() bool { return true }", "true => false"},
		{"func f() bool { true := 1; return true > 1 }", "1 => 2, 1 => 0, > => >=, > => <=, 1 => 2, 1 => 0"},
		{"func f(e error) (int, error) { return g(), e }; func g() (n int) { return }", "e => nil"},
		{"func f() error { return nil }", ""},
		{"func f(a bool) { if a { g() } }; func g() { }", "a => !(a), g() => (removed)"},
		{"func f(a bool) { for a { } }", "a => !(a)"},
		{"func f(a bool) { if a { return }; g() }; func g() { }", "a => !(a), return => (removed), g() => (removed)"},
		{"func f(a bool) int { if a { return g() }; return h() }; func g() (n int) { return }; func h() (n int) { return }",
			"a => !(a), return g() => (removed)"},
		{"func f(a []int) { for range a { if g() { break } } }; func g() (b bool) { return }",
			"g() => !(g()), break => (removed), break => continue"},
		{"func f() { defer g(); go g() }; func g() { }", "defer g() => (removed), go g() => (removed)"},
		{"func f(a, b, c int) int { switch a { case b, c: g(); g() }; return a }; func g() { }",
			"b, => (removed), , c => (removed), g(); g() => (removed), g() => (removed), g() => (removed)"},
		{"func f(a bool) { switch { case a: g() } }; func g() { }", "a => !(a), g() => (removed)"},
		{"func f(a chan int) { select { case <-a: g() } }; func g() { }", "g() => (removed)"},
		{"func f(a, b int) t { return t{a: a, b: b} }; type t struct { a, b int }", "a: a, => (removed), , b: b => (removed)"},
		{"func f(a int) t { return t{a: a} }; type t struct { a int }", "a: a => (removed)"},
		{"func f(a int) []int { return []int{a} }", ""},
		{"func f() (n int) { a := n; n = g(a); return }; func g(int) (n int) { return }", "n = g(a) => (removed)"},
		{"func f() { a := g(); a() }; func g() (a func()) { return }", "a() => (removed)"},
	} {
		var got []string
		for _, c := range packageOf(t, "package p\n\n"+c.code+"\n").changes() {
			got = append(got, c.Old+" => "+c.New)
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.code, got, c.want)
		}
	}
}

// TestLeftOut: where a statement is omitted, things that are used nowhere else stay in use, so that
// the rest compiles.
func TestLeftOut(t *testing.T) {
	p := packageOf(t, "package p\n\nimport \"os\"\n\nfunc f() {\n\ta := 'b'\n\tprintln(a, os.Args)\n}\n")
	changes := p.changes()
	last := changes[len(changes)-1]
	if last.New != removed || last.text != "_ = a; _ = os.Args" {
		t.Errorf("%s: %s", last.Name, last.text)
	}
}

// TestOtherFiles: declarations in other files matter, and function bodies in them don't.
func TestOtherFiles(t *testing.T) {
	p := packageOf(t, "package p\n\nfunc f() bool { return g(1) > h }\n",
		"package p\n\nimport \"os\"\n\nconst h = 3\n\nfunc g(n int) int { os.Exit(n); return h }\n\nfunc init() { f() }\n")
	var got []string
	for _, c := range p.changes("p.go") {
		got = append(got, c.Old+" => "+c.New)
	}
	if want := []string{"1 => 2", "1 => 0", "> => >=", "> => <="}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestWording(t *testing.T) {
	p := packageOf(t, `package p

import (
	"errors"
	"fmt"
	"log/slog"
)

type t int

func (t) String() string { return "wording" }
func (t) Error() string  { return "wording" }
func (t) Text() string   { return "no" }
func (t) Warnf(string)   {}

func f(log *slog.Logger, x t) error {
	slog.Info("wording")
	log.Error("wording", "wording", 1)
	x.Warnf("wording")
	panic("wording" + fmt.Sprint("wording"))
	_ = fmt.Errorf("wording")
	fmt.Println("no")
	return errors.New("wording")
}
`)
	count := 0
	for _, c := range p.changes() {
		if c.New != `""` {
			continue
		}
		count++
		if want := c.Old == `"wording"`; c.Wording != want {
			t.Errorf("%s: %v, want %v", c.Name, c.Wording, want)
		}
	}
	if count != 12 {
		t.Errorf("%d texts", count)
	}
}

func TestNames(t *testing.T) {
	code := "package p\n\ntype g[K any] struct{}\n\nfunc (*g[K]) m(a bool) (n int) {\n\tif a {\n\t\tn = 1\n\t} else {\n\t\tn = 1\n\t}\n\treturn\n}\n\nvar v = 1\n"
	var got []string
	for _, c := range packageOf(t, code).changes() {
		if c.Old == "1" && c.New == "2" {
			got = append(got, fmt.Sprint(c.Line, ":", c.Column, " ", c.Name))
		}
	}
	want := []string{"7:7 p.go g.m: n = [[1 => 2]]", "9:7 p.go g.m: n = [[1 => 2]] #2", "14:9 p.go: var v = [[1 => 2]]"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine("a(\n\t\tb,  c)"); got != "a( b, c)" {
		t.Errorf("%q", got)
	}
	long := oneLine(strings.Repeat("a", 200) + strings.Repeat("b", 200))
	if long != strings.Repeat("a", 80)+" … "+strings.Repeat("b", 80) {
		t.Errorf("%q", long)
	}
}
