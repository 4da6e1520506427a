package privacy

import (
	"slices"
	"strings"
)

// Numbers of GPP sections.
const (
	sectionTCF       = 2
	sectionUSPrivacy = 6
	sectionUSNat     = 7
	sectionUSCA      = 8
	sectionUSVA      = 9
	sectionUSCO      = 10
	sectionUSUT      = 11
	sectionUSCT      = 12
)

// maxGPP bounds what is parsed, in characters. Real strings have some hundreds.
const maxGPP = 8192

// gpp is a GPP string with the sections that apply.
//
//	header ~ section ~ section ...
//
// The header is base64url of: 6 bits type, 3; 6 bits version, 1; then which sections follow, as 12 bits of how many
// entries, each 0 and a number, or 1, a number and how many more. All of these are Fibonacci-coded differences.
type gpp struct {
	text    string
	applies []int8
}

// has tells whether a section applies.
func (g *gpp) has(section int8) bool { return slices.Contains(g.applies, section) }

// optedOut tells whether a section that applies speaks against raw UIDs, or can't tell. The TCF section is GDPR's.
func (g *gpp) optedOut() bool {
	for _, id := range g.applies {
		if id <= 0 || id == sectionTCF {
			continue // 0 and -1 say that none applies
		}
		text, ok := g.section(id)
		if !ok || sectionOptedOut(id, text) {
			return true
		}
	}
	return false
}

// section returns the text of a section.
func (g *gpp) section(id int8) (string, bool) {
	if len(g.text) > maxGPP {
		return "", false
	}
	parts := strings.Split(g.text, "~")
	index := headerIndex(parts[0], int(id), len(parts)-1)
	if index < 0 {
		return "", false
	}
	return parts[index+1], true
}

// headerIndex returns which of so many sections the one with this id is, or -1.
func headerIndex(header string, id, sections int) int {
	b, ok := newBits(header)
	if !ok || b.take(6) != 3 || b.take(6) != 1 {
		return -1
	}
	index, count, last := -1, 0, 0
	for range b.take(12) {
		group := b.take(1) == 1
		first := last + b.fibonacci()
		last = first
		if group {
			last += b.fibonacci()
		}
		if b.short || last-first >= sections {
			return -1
		}
		if id >= first && id <= last {
			index = count + id - first
		}
		count += last - first + 1
	}
	if count != sections {
		return -1
	}
	return index
}

// layout is where a US section of GPP says what we want to know, in bits from its start. Every answer has two bits.
type layout struct {
	optOuts     []int // opt-outs of sale, sharing, targeted advertising; 1 is opted out
	children    int   // first answer about known children; anything but 0 is one
	childFields int
}

// layouts by section and version.
var layouts = map[[2]int]layout{
	{sectionUSNat, 1}: {optOuts: []int{18, 20, 22}, children: 48, childFields: 2},
	{sectionUSNat, 2}: {optOuts: []int{18, 20, 22}, children: 56, childFields: 3},
	{sectionUSCA, 1}:  {optOuts: []int{12, 14}, children: 34, childFields: 2},
	{sectionUSVA, 1}:  {optOuts: []int{12, 14}, children: 32, childFields: 1},
	{sectionUSCO, 1}:  {optOuts: []int{12, 14}, children: 30, childFields: 1},
	{sectionUSUT, 1}:  {optOuts: []int{14, 16}, children: 34, childFields: 1},
	{sectionUSCT, 1}:  {optOuts: []int{12, 14}, children: 32, childFields: 3},
}

// optedOut is the answer of an opt-out.
const optedOut = 1

// sectionOptedOut reads one section: a core segment, and behind a dot perhaps one with global privacy control.
func sectionOptedOut(id int8, text string) bool {
	if id == sectionUSPrivacy {
		return text == "" || optedOutOfSale(text)
	}
	segments := strings.Split(text, ".")
	core, ok := newBits(segments[0])
	if !ok {
		return true
	}
	l, known := layouts[[2]int{int(id), core.take(6)}]
	if !known {
		return true
	}
	for _, at := range l.optOuts {
		if core.at(at) == optedOut {
			return true
		}
	}
	for i := range l.childFields {
		if core.at(l.children+2*i) != 0 {
			return true
		}
	}
	return core.short || slices.ContainsFunc(segments[1:], signalsGPC)
}

// signalsGPC reads a segment behind the core: two bits of kind, 1, and one bit that is set for global privacy control.
func signalsGPC(segment string) bool {
	b, ok := newBits(segment)
	return !ok || b.take(2) != 1 || b.take(1) == 1 || b.short
}
