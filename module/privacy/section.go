package privacy

import (
	"errors"
	"strings"
)

// Section is a section of a GPP string, for programs that show it to people.
type Section struct {
	ID   int
	Name string // "usnat"; empty if it is of a kind that isn't known here
	Text string

	// Read reports whether the rest was read: those from usnat on are.
	Read    bool
	OptOuts []OptOut
	Child   bool // it is about a known child
	GPC     bool // it signals global privacy control

	// Closes reports whether it closes the GPP gate where it applies: it speaks against raw UIDs,
	// can't be read, or is of an unknown kind. The TCF section is the GDPR gate's.
	Closes bool
}

// OptOut is what a section says of one opt-out.
type OptOut struct {
	From   string // "sale", "sharing", "targeted advertising"
	Answer int    // 0 not applicable, 1 opted out, 2 did not opt out; 3 has no meaning
}

// ErrGPP is returned for a text that isn't a GPP string.
var ErrGPP = errors.New("not a GPP string")

var sectionNames = map[int]string{
	sectionTCF: "tcfeu2", sectionUSPrivacy: "uspv1", sectionUSNat: "usnat", sectionUSCA: "usca",
	sectionUSVA: "usva", sectionUSCO: "usco", sectionUSUT: "usut", sectionUSCT: "usct",
}

// optOutNames are what a section's opt-outs are from, in the order of its layout.
func optOutNames(id int) []string {
	switch id {
	case sectionUSNat:
		return []string{"sale", "sharing", "targeted advertising"}
	case sectionUSCA:
		return []string{"sale", "sharing"}
	}
	return []string{"sale", "targeted advertising"}
}

// Sections reads a GPP string as the gates do.
func Sections(text string) ([]Section, error) {
	var found []Section
	readable := eachSection(text, func(id int, section string) {
		found = append(found, sectionOf(id, section))
	})
	if !readable {
		return nil, ErrGPP
	}
	return found, nil
}

func sectionOf(id int, text string) Section {
	s := Section{ID: id, Name: sectionNames[id], Text: text, Closes: id != sectionTCF && sectionOptedOut(id, text)}
	segment, rest, more := strings.Cut(text, ".")
	core := newBits(segment)
	l, known := layouts[[2]int{id, core.take(6)}]
	if !known {
		return s
	}
	for i, position := range l.optOuts {
		s.OptOuts = append(s.OptOuts, OptOut{optOutNames(id)[i], core.at(position)})
	}
	for _, position := range l.children {
		s.Child = s.Child || core.answered(position)
	}
	s.Read = !core.short
	for more {
		segment, rest, more = strings.Cut(rest, ".")
		s.GPC = s.GPC || signalsGPC(segment)
	}
	return s
}
