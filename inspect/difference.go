package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// What a Line is.
const (
	opSame    = "="
	opAdded   = "+"
	opRemoved = "-"
	opLeftOut = "…"
)

const (
	// maxLines bounds a difference. A request that is annotated has some dozen lines that differ.
	maxLines = 2000
	// maxIndented bounds an indented text, in bytes: what is nested deep may grow a hundredfold.
	maxIndented = 8 << 20
)

// Difference compares two JSON texts line by line, with three lines of context. They are indented
// first; order, repeated keys and numbers stay as they are, and a comma at the end of a line, which
// is there because of the next line, makes no difference. A text that isn't JSON, or would grow
// beyond 8 MB, is taken as it stands. Two texts that are the same have no lines.
//
// It takes time O(n log n), whatever the texts are, since lines that occur just once in either text
// are what it goes by: of a text with few of these, it may show more as different than is. A
// difference of more than 2,000 lines is cut off. Raw UIDs are the caller's to mask.
func Difference(before, after []byte) []Line {
	was, is := indented(before), indented(after)
	d := hunks{lines: []Line{}}
	for text := range bytes.Lines(diff.Diff("", was, "", is)) {
		if len(d.lines) == maxLines {
			return append(d.lines, Line{opLeftOut, "the rest of the difference"})
		}
		d.add(strings.TrimSuffix(string(text), "\n"))
	}
	if d.begun {
		d.leaveOut(bytes.Count(was, newline) - d.shown)
	}
	return d.lines
}

// hunks reads a unified difference.
type hunks struct {
	lines []Line
	begun bool // the header is over
	shown int  // how many lines of the first text were shown or left out
}

func (d *hunks) add(line string) {
	switch {
	case strings.HasPrefix(line, "@"):
		d.begun = true
		from, count := 0, 0
		fmt.Sscanf(line, "@@ -%d,%d", &from, &count)
		d.leaveOut(from - min(count, 1) - d.shown)
	case d.begun && strings.HasPrefix(line, "+"):
		d.added(line[1:])
	case d.begun && strings.HasPrefix(line, "-"):
		d.lines = append(d.lines, Line{opRemoved, line[1:]})
		d.shown++
	case d.begun:
		d.lines = append(d.lines, Line{opSame, line[1:]})
		d.shown++
	}
}

// added adds a line of the second text. If it is the last one of the first text with or without a
// comma, it is shown as the same: what comes behind it is the difference.
func (d *hunks) added(text string) {
	if last := len(d.lines) - 1; last >= 0 && d.lines[last].Op == opRemoved && withoutComma(d.lines[last].Text) == withoutComma(text) {
		d.lines[last] = Line{opSame, text}
		return
	}
	d.lines = append(d.lines, Line{opAdded, text})
}

func withoutComma(text string) string { return strings.TrimSuffix(text, ",") }

// leaveOut adds a line that stands for so many.
func (d *hunks) leaveOut(n int) {
	if n == 0 {
		return
	}
	text := "1 line"
	if n > 1 {
		text = fmt.Sprintf("%d lines", n)
	}
	d.lines = append(d.lines, Line{opLeftOut, text})
	d.shown += n
}

var newline = []byte("\n")

// indented indents a JSON text, and ends it with a line break.
func indented(text []byte) []byte {
	var out bytes.Buffer
	if indentedLen(text) > maxIndented || json.Indent(&out, bytes.TrimSpace(text), "", "  ") != nil {
		return append(bytes.Clone(text), '\n')
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// indentedLen is about how long a text gets by being indented, if it is JSON.
func indentedLen(text []byte) int {
	length, depth, inString := 0, 0, false
	for i := 0; i < len(text); i++ {
		length++
		switch c := text[i]; {
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			i++
			length++
		case inString:
		case c == '{' || c == '[':
			depth++
			length += 1 + 2*depth
		case c == '}' || c == ']':
			depth--
			length += 1 + 2*max(depth, 0)
		case c == ',':
			length += 1 + 2*max(depth, 0)
		case c == ':':
			length++
		}
	}
	return length
}
