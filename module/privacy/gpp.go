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

// gpp is what a request says of GPP: regs.gpp and regs.ext.gpp, and the sections that apply by regs.gpp_sid
// or regs.ext.gpp_sid.
type gpp struct {
	texts   [2]string
	applies sections
}

// sections is a set of section ids, a bit each.
type sections [2]uint64

// add adds an id. 0 and below say that none applies.
func (s *sections) add(id int8) {
	if id > 0 {
		s[id>>6] |= 1 << (id & 63)
	}
}

func (s *sections) has(id int) bool { return id < 128 && s[id>>6]>>(id&63)&1 == 1 }

// optedOut reports whether a section that applies speaks against raw UIDs, can't be read or is missing. The
// TCF section is GDPR's.
func (g *gpp) optedOut() bool {
	wanted := g.applies
	wanted[0] &^= 1 << sectionTCF
	if wanted == (sections{}) {
		return false
	}
	var found sections
	optedOut := false
	for _, text := range g.texts {
		readable := text == "" || eachSection(text, func(id int, section string) {
			if wanted.has(id) {
				found.add(int8(id))
				optedOut = optedOut || sectionOptedOut(id, section)
			}
		})
		if !readable {
			return true
		}
	}
	return optedOut || found != wanted
}

// eachSection shows visit the sections of a GPP string, and reports whether it could be read. If it couldn't, what was
// shown is worth nothing.
//
//	header ~ section ~ section ...
//
// The header is base64url of: 6 bits type, 3; 6 bits version, 1; then which sections follow, as 12 bits of how many
// entries, each 0 and a number, or 1, a number and how many more. All of these are Fibonacci-coded differences.
func eachSection(text string, visit func(id int, section string)) (readable bool) {
	header, rest, more := strings.Cut(text, "~")
	b := newBits(header)
	if len(text) > maxGPP || b.take(6) != 3 || b.take(6) != 1 {
		return false
	}
	last := 0
	for range b.take(12) {
		group := b.take(1) == 1
		id := last + b.fibonacci()
		last = id
		if group {
			last += b.fibonacci()
		}
		for ; id <= last; id++ {
			if !more {
				return false
			}
			var section string
			section, rest, more = strings.Cut(rest, "~")
			visit(id, section)
		}
	}
	return !b.short && !more
}

// layout is where a US section of GPP says what matters here, in bits from its start. Every answer has two bits.
type layout struct {
	optOuts  []int // of sale, sharing, targeted advertising
	children []int // consents for known children; anything but 0 is about one
}

// layouts by section and version.
var layouts = map[[2]int]layout{
	{sectionUSNat, 1}: {optOuts: []int{18, 20, 22}, children: []int{48, 50}},
	{sectionUSNat, 2}: {optOuts: []int{18, 20, 22}, children: []int{56, 58, 60}},
	{sectionUSCA, 1}:  {optOuts: []int{12, 14}, children: []int{34, 36}},
	{sectionUSVA, 1}:  {optOuts: []int{12, 14}, children: []int{32}},
	{sectionUSCO, 1}:  {optOuts: []int{12, 14}, children: []int{30}},
	{sectionUSUT, 1}:  {optOuts: []int{14, 16}, children: []int{34}},
	{sectionUSCT, 1}:  {optOuts: []int{12, 14}, children: []int{32, 34, 36}},
}

// Answers of an opt-out that leave raw UIDs alone. 1 is opted out, and 3 has no meaning.
const (
	notApplicable = 0
	notOptedOut   = 2
)

// sectionOptedOut reads one section: a core segment, and behind a dot perhaps one with global privacy control.
func sectionOptedOut(id int, text string) bool {
	if id == sectionUSPrivacy {
		return text == "" || optedOutOfSale(text)
	}
	segment, rest, more := strings.Cut(text, ".")
	core := newBits(segment)
	l, known := layouts[[2]int{id, core.take(6)}]
	if !known || slices.ContainsFunc(l.optOuts, core.optsOut) || slices.ContainsFunc(l.children, core.answered) || core.short {
		return true
	}
	for more {
		segment, rest, more = strings.Cut(rest, ".")
		if signalsGPC(segment) {
			return true
		}
	}
	return false
}

func (b *bits) optsOut(position int) bool {
	answer := b.at(position)
	return answer != notApplicable && answer != notOptedOut
}

func (b *bits) answered(position int) bool { return b.at(position) != 0 }

// signalsGPC reads a segment behind the core: two bits of kind, 1, and one bit that is set for global privacy control.
func signalsGPC(segment string) bool {
	b := newBits(segment)
	return b.take(2) != 1 || b.take(1) == 1
}
