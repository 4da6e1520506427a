// Package markdown reads of a page what tests hold to the code: its fenced blocks, its headings'
// anchors and its links.
package markdown

import (
	"os"
	"strings"
)

// Block is a fenced block.
type Block struct {
	Line     int    // of its fence, from 1
	Heading  string // the text of the heading above it
	Language string // the first word after the fence
	Info     string // what follows the language
	Text     string // with the last line's end
}

// Read returns a file's blocks.
func Read(file string) ([]Block, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Blocks(string(text)), nil
}

// Blocks returns a page's blocks. Those that are indented, in a list, lose their indentation.
func Blocks(page string) (blocks []Block) {
	walk(page, func(line) {}, func(b Block) { blocks = append(blocks, b) })
	return blocks
}

// In returns the texts of the blocks in a language.
func In(blocks []Block, language string) (texts []string) {
	for _, b := range blocks {
		if b.Language == language {
			texts = append(texts, b.Text)
		}
	}
	return texts
}

// Under returns the blocks that follow a heading directly.
func Under(blocks []Block, heading string) (under []Block) {
	for _, b := range blocks {
		if b.Heading == heading {
			under = append(under, b)
		}
	}
	return under
}

// line is a line outside of blocks.
type line struct {
	number int // from 1
	text   string
}

// walk calls one function for each line outside of blocks, and another for each block.
func walk(page string, outside func(line), block func(Block)) {
	heading := ""
	lines := strings.SplitAfter(page, "\n")
	for i := 0; i < len(lines); i++ {
		text := strings.TrimRight(lines[i], "\r\n")
		inner := strings.TrimLeft(text, " ")
		if !strings.HasPrefix(inner, "```") {
			if title, level := headingOf(text); level > 0 {
				heading = title
			}
			outside(line{i + 1, text})
			continue
		}
		fence := inner[:len(inner)-len(strings.TrimLeft(inner, "`"))]
		b := Block{Line: i + 1, Heading: heading}
		b.Language, b.Info, _ = strings.Cut(strings.TrimSpace(inner[len(fence):]), " ")
		indent := len(text) - len(inner)
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != fence; i++ {
			b.Text += withoutIndent(lines[i], indent)
		}
		block(b)
	}
}

func withoutIndent(text string, indent int) string {
	for ; indent > 0 && strings.HasPrefix(text, " "); indent-- {
		text = text[1:]
	}
	return text
}

// headingOf returns the text of a heading, and its level, 0 if it is none.
func headingOf(text string) (title string, level int) {
	level = len(text) - len(strings.TrimLeft(text, "#"))
	if title = text[level:]; level == 0 || level > 6 || !strings.HasPrefix(title, " ") {
		return "", 0
	}
	return strings.TrimSpace(title), level
}
