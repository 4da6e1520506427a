package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// path is the number of instructions of each basic block of functions, by their names.
type path map[string][]int

var (
	begins = regexp.MustCompile(`^TEXT ·(\w+)\(SB\)`)
	label  = regexp.MustCompile(`^\w+:$`)
	jumps  = regexp.MustCompile(`^\t(J\w+|B|B[A-Z][A-Z]|CBN?ZW?)\s`)
	pair   = regexp.MustCompile(`^\tMOVD\s+\$(\w+<>|0x\w{5,8},)`) // an address or a long number takes two instructions of arm64
)

// count counts the instructions of a generated file.
func (p path) count(text []byte) {
	name, fresh := "", true
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if found := begins.FindStringSubmatch(line); found != nil {
			name, fresh = found[1], true
		}
		switch {
		case label.MatchString(line):
			fresh = true
			continue
		case name == "" || !strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "\t//"):
			continue
		}
		if fresh {
			p[name] = append(p[name], 0)
		}
		last := &p[name][len(p[name])-1]
		*last++
		if pair.MatchString(line) {
			*last++
		}
		fresh = jumps.MatchString(line)
	}
}

// through returns how many instructions a function takes that goes through its basic blocks so many
// times; without times, through each once.
func (p path) through(name string, times ...int) (n int) {
	if len(times) > 0 && len(times) != len(p[name]) {
		panic(fmt.Sprintf("%s has %d basic blocks, not %d", name, len(p[name]), len(times)))
	}
	for i, instructions := range p[name] {
		if len(times) > 0 {
			instructions *= times[i]
		}
		n += instructions
	}
	return n
}

// counted are the paths of both architectures.
type counted struct{ amd64, arm64 path }

func countAll(files []file) counted {
	c := counted{path{}, path{}}
	for _, f := range files {
		switch {
		case strings.HasSuffix(f.path, "_amd64.s"):
			c.amd64.count(f.text)
		case strings.HasSuffix(f.path, "_arm64.s"):
			c.arm64.count(f.text)
		}
	}
	return c
}

// column is what a way of opening tokens takes.
type column struct {
	path
	wide string              // what the names of functions for GCM end with
	text func(n int) (t int) // what base64 of n characters takes
	skip int                 // what 64 bytes of JSON take that close two brackets and not the last
}

func (c counted) columns() []column {
	again := func(n, of int) int { return min(n%of, 1) }
	amd64Text := func(n int) int {
		n &^= 3
		back := again(n, 32)
		return c.amd64.through("decodeBlocks", 1, n/32+back, 1+back, back, 1)
	}
	arm64Text := func(n int) int {
		n &^= 3
		back := again(n, 32)
		narrow := n%64/32 + back
		return c.arm64.through("decodeBlocks", 1, n/64, 1+narrow, narrow, back, narrow, 1)
	}
	amd64Skip := c.amd64.through("vectorNested", 0, 1, 1, 1, 1, 3, 2, 0, 1, 0)
	arm64Skip := c.arm64.through("vectorNested", 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0)
	return []column{{c.amd64, "", amd64Text, amd64Skip}, {c.amd64, "Wide", amd64Text, amd64Skip}, {c.arm64, "", arm64Text, arm64Skip}}
}

// The characters of tokens, and of a raw UID in a token of version 2, without padding.
const (
	charactersV4  = 219
	charactersV2  = 178
	charactersUID = 43
)

// table returns the instructions of each part of opening a token, as a table in Markdown.
func (c counted) table() []byte {
	rows := []struct {
		name string
		of   func(column) int
	}{
		{"version 4: base64", func(c column) int { return c.text(charactersV4) }},
		{"version 4: master layer, 9 blocks of GCM", func(c column) int { return c.through("open9" + c.wide) }},
		{"version 4: site layer, 5 blocks of GCM", func(c column) int { return c.through("open5" + c.wide) }},
		{"version 4: together", func(c column) int {
			return c.text(charactersV4) + c.through("open9"+c.wide) + c.through("open5"+c.wide)
		}},
		{"version 2: base64, of the token and of the raw UID", func(c column) int { return c.text(charactersV2) + c.text(charactersUID) }},
		{"version 2: master layer, 7 blocks of CBC", func(c column) int { return c.through("chain7") }},
		{"version 2: site layer, 5 blocks of CBC", func(c column) int { return c.through("chain5") }},
		{"version 2: together", func(c column) int {
			return c.text(charactersV2) + c.text(charactersUID) + c.through("chain7") + c.through("chain5")
		}},
		{"preparing a key", func(c column) int { return c.through("expand") }},
		{"64 bytes of JSON: quotes, backslashes, brackets", func(c column) int { return c.through("vectorMarks") }},
		{"64 bytes of JSON of no interest, in which two brackets close", func(c column) int { return c.skip }},
	}
	var b bytes.Buffer
	b.WriteString("| | amd64 | amd64, two blocks to a register | arm64 |\n|---|---:|---:|---:|\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |", row.name)
		for _, column := range c.columns() {
			fmt.Fprintf(&b, " %s |", thousands(row.of(column)))
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
