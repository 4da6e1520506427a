package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/inspect"
)

// hexColumns is how much of a field's bytes is shown.
const hexColumns = 24

// token writes all of a token.
func (p *page) token(t *inspect.Token) {
	p.layers(t)
	p.keys(t.Keys)
	p.times(t.Times)
	p.section("Checks")
	p.checks(t.Checks)
	if len(t.Verdict) > 0 {
		p.section("Annotation")
		p.row(2, strings.ReplaceAll(string(t.Verdict), `,"`, `, "`))
	}
}

func (p *page) layers(t *inspect.Token) {
	p.section("Bytes: %d characters, %s alphabet, %d bytes", t.Characters, alphabets[t.Alphabet], t.Bytes)
	for _, layer := range t.Layers {
		title := layer.Name
		if layer.Within != "" {
			title += ", in the " + layer.Within
		}
		if !layer.Opened {
			p.row(2, cell{title, 0, bold}, cell{"not opened: " + layer.Why, 0, amber})
			continue
		}
		p.row(2, cell{title, 0, bold}, cell{fmt.Sprintf("%d bytes", layer.Bytes), 0, faint})
		p.fields(layer.Fields)
	}
}

// alphabets names those of base64.
var alphabets = map[string]string{"standard": "standard", "URL-safe": "URL-safe", "mixed": "both", "either": "either"}

// fields writes a table of bytes: where, how many, what, the bytes, and what they mean.
func (p *page) fields(fields []inspect.Field) {
	for _, f := range fields {
		bytes, style := cell{cut(f.Hex, hexColumns), hexColumns, faint}, plain
		if f.Masked {
			bytes = cell{"(masked)", hexColumns, amber}
		}
		if f.Damaged {
			style = red
		}
		p.row(4, cell{fmt.Sprintf("%3d", f.Offset), 3, faint}, cell{fmt.Sprintf("%3d", f.Bytes), 3, faint}, cell{f.Name, 22, style}, bytes, cell{f.Meaning, 0, style})
	}
}

// mostKeys is how many keys of an answer are shown.
const mostKeys = 20

func (p *page) keys(keys []inspect.Key) {
	if len(keys) == 0 {
		return
	}
	p.section("Keys")
	for _, k := range keys[:min(len(keys), mostKeys)] {
		style := plain
		if !k.Held {
			style = red
		}
		p.row(2, cell{fmt.Sprint(k.ID), 6, style}, cell{k.Purpose, 6, plain}, cell{k.State, 0, style})
	}
	if len(keys) > mostKeys {
		p.row(2, cell{fmt.Sprintf("and %d more, which -json has", len(keys)-mostKeys), 0, faint})
	}
}

// times writes moments in the reader's zone.
func (p *page) times(moments []inspect.Moment) {
	if len(moments) == 0 {
		return
	}
	p.section("Times")
	for _, m := range moments {
		p.row(2, cell{m.Name, 15, plain}, cell{p.clock(m.Ms), 24, plain}, m.Ago)
	}
}

// lastYear is the last one of four digits.
const lastYear = 9999

func (p *page) clock(ms int64) string {
	at := time.UnixMilli(ms).In(p.Zone)
	if at.Year() < 0 || at.Year() > lastYear {
		return "beyond all calendars"
	}
	return at.Format("2006-01-02 15:04:05 MST")
}

var outcomes = map[inspect.Outcome]mark{
	inspect.Passed: markGood, inspect.Failed: markBad, inspect.NotReached: markNeutral, inspect.NotKnown: markUnknown,
}

// nameWidth is that of the longest name of a check.
const nameWidth = 32

// checks writes the list of checks. Those that weren't reached share a line.
func (p *page) checks(checks []inspect.Check) {
	reached := slices.IndexFunc(checks, func(c inspect.Check) bool { return c.Outcome == inspect.NotReached })
	if reached < 0 {
		reached = len(checks)
	}
	for _, c := range checks[:reached] {
		m := outcomes[c.Outcome]
		name, why := plain, faint
		if c.Outcome == inspect.Failed {
			name, why = m.style, m.style
		}
		p.row(2, cell{m.sign, 1, m.style}, cell{fmt.Sprintf("%2d", c.Number), 2, faint}, cell{c.Name, nameWidth, name}, cell{c.Why, 0, why})
	}
	if left := len(checks) - reached; left > 0 {
		first := checks[reached]
		text := fmt.Sprintf("to %d weren't reached: the first check that fails decides", first.Number+left-1)
		p.row(2, cell{markNeutral.sign, 1, faint}, cell{fmt.Sprintf("%2d", first.Number), 2, faint}, cell{text, 0, faint})
	}
}
