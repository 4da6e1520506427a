package markdown

import "strings"

// Item is a block, or an HTML comment on a line of its own, whichever isn't zero.
type Item struct {
	Block   Block
	Comment string // without its marks
	Line    int    // from 1
}

// Items returns a page's blocks and comments in order.
func Items(page string) (items []Item) {
	walk(page, func(l line) {
		text, opened := strings.CutPrefix(strings.TrimSpace(l.text), "<!--")
		if text, closed := strings.CutSuffix(text, "-->"); opened && closed {
			items = append(items, Item{Comment: strings.TrimSpace(text), Line: l.number})
		}
	}, func(b Block) { items = append(items, Item{Block: b, Line: b.Line}) })
	return items
}

// Paragraph returns the first paragraph that begins with a text, "" if none does.
func Paragraph(page, beginning string) string {
	var paragraph []string
	ended := false
	walk(page, func(l line) {
		switch {
		case ended:
		case len(paragraph) > 0 && strings.TrimSpace(l.text) == "":
			ended = true
		case len(paragraph) > 0 || strings.HasPrefix(l.text, beginning):
			paragraph = append(paragraph, l.text)
		}
	}, func(Block) { ended = ended || len(paragraph) > 0 })
	return strings.Join(paragraph, "\n")
}
