package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// style is a code of a terminal's colours.
type style string

const (
	plain style = ""
	bold  style = "1"
	faint style = "2"
	red   style = "31"
	green style = "32"
	amber style = "33"
)

// mark is a sign with its colour.
type mark struct {
	sign  string
	style style
}

var (
	markGood    = mark{"✓", green}
	markBad     = mark{"✗", red}
	markNeutral = mark{"·", faint}
	markUnknown = mark{"?", amber}
)

// page collects lines.
type page struct {
	Options
	text strings.Builder // lines that are done
	line strings.Builder
}

// cell is the text of a column that is at least so wide.
type cell struct {
	text  string
	width int
	style style
}

// paint adds the codes of a style.
func (p *page) paint(text string, s style) string {
	if !p.Colour || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// row writes cells, and text that wraps beside them. Cells are strings or of type cell; the last
// one wraps.
func (p *page) row(indent int, cells ...any) {
	column := indent
	p.line.WriteString(strings.Repeat(" ", indent))
	for _, c := range cells[:len(cells)-1] {
		column += p.cell(c.(cell))
	}
	last, ok := cells[len(cells)-1].(cell)
	if !ok {
		last = cell{text: cells[len(cells)-1].(string)}
	}
	hang := min(column, p.Width/2) // a long first column leaves room below it
	for at, line := range wrap(clean(last.text), p.Width-column, p.Width-hang) {
		if at > 0 {
			p.end()
			p.line.WriteString(strings.Repeat(" ", hang))
		}
		p.line.WriteString(p.paint(line, last.style))
	}
	p.end()
}

// cell writes a cell and the gap behind it, and returns their width.
func (p *page) cell(c cell) int {
	text := clean(c.text)
	gap := strings.Repeat(" ", max(c.width-utf8.RuneCountInString(text), 0)+2)
	p.line.WriteString(p.paint(text, c.style) + gap)
	return utf8.RuneCountInString(text) + len(gap)
}

// end ends a line, without spaces at its end.
func (p *page) end() {
	p.text.WriteString(strings.TrimRight(p.line.String(), " ") + "\n")
	p.line.Reset()
}

// section writes a heading.
func (p *page) section(format string, args ...any) {
	p.text.WriteString("\n" + p.paint(clean(fmt.Sprintf(format, args...)), bold) + "\n")
}

// notes writes remarks.
func (p *page) notes(notes []string) {
	for _, note := range notes {
		p.row(2, cell{note, 0, faint})
	}
}

// clean replaces what would control the terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return '\uFFFD'
		}
		return r
	}, text)
}

// wrap breaks a text into lines: the first one of a width, the others of another one. A word that
// is longer than a line is broken.
func wrap(text string, first, rest int) (lines []string) {
	width, line, length := max(first, 1), "", 0
	flush := func() {
		lines, line, length, width = append(lines, line), "", 0, max(rest, 1)
	}
	for _, word := range strings.Fields(text) {
		runes := []rune(word)
		if length > 0 && length+1+len(runes) > width {
			flush()
		}
		for len(runes) > width-length && length == 0 {
			line = string(runes[:width])
			runes = runes[width:]
			flush()
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+string(runes), length+len(runes)
	}
	return append(lines, line)
}

// cut shortens a text to a width.
func cut(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return string(runes[:width-1]) + "…"
}
