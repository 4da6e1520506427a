package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Change is one small change of the code, and its result.
type Change struct {
	Name    string // the file, the function and the line with the change in brackets; see known.go
	File    string
	Line    int
	Column  int
	Old     string
	New     string
	Wording bool `json:",omitempty"` // it is in a text for people: an error, a log line, a String method

	Result    Result
	NoticedBy string `json:",omitempty"` // the first test that failed, if one did

	file       *file
	start, end int    // offsets in the file
	text       string // replaces the bytes in between
}

// Result is the result of trying a change.
type Result string

// The results.
const (
	Unnoticed Result = "unnoticed"
	Failed    Result = "failed"    // a test failed
	TimedOut  Result = "timed out" // the tests timed out
	NoProgram Result = "no program"
)

// noticed reports whether the tests noticed the change.
func (c *Change) noticed() bool { return c.Result == Failed || c.Result == TimedOut }

// content returns the changed file.
func (c *Change) content() []byte {
	old := c.file.content
	return slices.Concat(old[:c.start], []byte(c.text), old[c.end:])
}

// removed stands for an empty new text.
const removed = "(removed)"

// changes returns every change that compiles, in some files, or in all if none is named, in the
// order of the code.
func (p *pkg) changes(files ...string) []*Change {
	var all []*Change
	for _, f := range p.files {
		if ast.IsGenerated(f.syntax) || len(files) > 0 && !slices.Contains(files, f.name) {
			continue
		}
		found := p.find(f)
		slices.SortStableFunc(found, func(a, b *Change) int { return a.start - b.start })
		all = append(all, found...)
	}
	name(all)
	return all
}

// name makes the names of changes unique, by numbering equal ones.
func name(changes []*Change) {
	count := make(map[string]int)
	for _, c := range changes {
		count[c.Name]++
		if n := count[c.Name]; n > 1 {
			c.Name = fmt.Sprintf("%s #%d", c.Name, n)
		}
	}
}

// add records the change that replaces the bytes from start to end, unless it is known already or
// doesn't compile, and reports whether it did.
func (s *search) add(start, end token.Pos, text string) bool {
	c := &Change{file: s.file, text: text, File: s.file.name}
	at := s.p.fset.Position(start)
	c.start, c.end = at.Offset, s.p.fset.Position(end).Offset
	c.Line, c.Column = at.Line, at.Column
	place := fmt.Sprint(c.start, c.end, text)
	if s.seen[place] || !s.p.compiles(s.file, c.content()) {
		return false
	}
	s.seen[place] = true
	c.Old, c.New = oneLine(string(s.file.content[c.start:c.end])), oneLine(text)
	if text == "" || strings.HasPrefix(text, kept) {
		c.New = removed
	}
	c.Name = s.nameOf(c)
	s.found = append(s.found, c)
	return true
}

// nameOf describes a change without a line number, so that the name is stable.
func (s *search) nameOf(c *Change) string {
	content := s.file.content
	from := strings.LastIndexByte(string(content[:c.start]), '\n') + 1
	to := len(content)
	if i := strings.IndexByte(string(content[c.end:]), '\n'); i >= 0 {
		to = c.end + i
	}
	before, after := string(content[from:c.start]), string(content[c.end:to])
	line := strings.Join(strings.Fields(before+"[["+c.Old+" => "+c.New+"]]"+after), " ")
	return strings.TrimSpace(s.file.name+" "+s.function()) + ": " + line
}

// oneLine joins code to one line, and omits the middle if it is long.
func oneLine(code string) string {
	const longest = 160
	code = strings.Join(strings.Fields(code), " ")
	if runes := []rune(code); len(runes) > longest {
		code = string(runes[:longest/2]) + " … " + string(runes[len(runes)-longest/2:])
	}
	return code
}
