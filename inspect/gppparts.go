package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// sectionTCF is the GPP section that holds a TCF 2 string, which is the GDPR gate's.
const sectionTCF = 2

// gpp adds a GPP string.
func (l *signalList) gpp(path, value string, alone openrtb2.BidRequest) {
	sections, err := privacy.Sections(value)
	alone.Regs.GPPSID = l.expected(sections)
	s := signal{Signal: Signal{Path: path, Kind: "GPP", Value: value}, alone: alone, reasons: []privacy.Reason{privacy.GPP}}
	var why []string
	if err != nil {
		s.Parts, why = []string{"it can't be read as a GPP string"}, []string{"it can't be read"}
		s.reasons = append(s.reasons, privacy.GDPR)
	}
	for _, section := range sections {
		applies := slices.Contains(alone.Regs.GPPSID, int8(section.ID))
		s.Parts = append(s.Parts, sectionParts(section, applies)...)
		switch {
		case section.ID == sectionTCF:
			_, said := consentParts(section.Text)
			s.reasons, why = append(s.reasons, privacy.GDPR), append(why, "section 2: "+said)
		case section.Closes && applies:
			why = append(why, fmt.Sprintf("section %d: %s", section.ID, whyCloses(section)))
		}
	}
	for _, id := range alone.Regs.GPPSID {
		if err == nil && !hasSection(sections, id) {
			why = append(why, fmt.Sprintf("section %d applies and isn't there", id))
		}
	}
	if len(s.Parts) > maxParts {
		s.Parts = append(s.Parts[:maxParts], "more sections")
	}
	s.why = path + ": " + strings.Join(why, "; ")
	l.add(s)
}

// whyCloses says why a section closes the GPP gate.
func whyCloses(s privacy.Section) string {
	var why []string
	for _, o := range s.OptOuts {
		if o.Answer == 1 {
			why = append(why, "the user opted out of "+o.From)
		}
	}
	if s.Child {
		why = append(why, "it is about a known child")
	}
	if s.GPC {
		why = append(why, "it signals global privacy control")
	}
	switch {
	case s.Name == "uspv1":
		return whyUSPrivacy(s.Text)
	case s.Name == "":
		return "no gate can read it"
	case len(why) == 0:
		return "it can't be read"
	}
	return strings.Join(why, ", ")
}

// expected are the sections that apply, but for those that only another GPP string has.
func (l *signalList) expected(sections []privacy.Section) (expected []int8) {
	var all []privacy.Section
	for _, text := range []string{l.regs.GPP, textOf(l.regsExt["gpp"])} {
		more, _ := privacy.Sections(text)
		all = append(all, more...)
	}
	ids, _ := l.extSections()
	for _, id := range append(slices.Clone(l.regs.GPPSID), ids...) {
		if id > 0 && !slices.Contains(expected, id) && (hasSection(sections, id) || !hasSection(all, id)) {
			expected = append(expected, id)
		}
	}
	return expected
}

func hasSection(sections []privacy.Section, id int8) bool {
	return slices.ContainsFunc(sections, func(s privacy.Section) bool { return s.ID == int(id) })
}

// textOf reads a JSON string, or returns "".
func textOf(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

// maxParts bounds what is said of one signal.
const maxParts = 64

// sectionParts explains a section.
func sectionParts(s privacy.Section, applies bool) (parts []string) {
	name := fmt.Sprintf("section %d", s.ID)
	if s.Name != "" {
		name += " (" + s.Name + ")"
	}
	of := func(text string) { parts = append(parts, name+": "+text) }
	if !applies {
		of("gpp_sid doesn't say that it applies")
	}
	switch {
	case s.ID == sectionTCF:
		said, _ := consentParts(s.Text)
		for _, part := range said {
			of(part)
		}
		return parts
	case s.Name == "uspv1":
		for _, part := range usPrivacyParts(s.Text) {
			of(part)
		}
	case s.Name == "":
		of("no gate reads sections of this kind, so it closes the GPP gate where it applies")
	case !s.Read:
		of("it can't be read")
	}
	for _, o := range s.OptOuts {
		of("opt-out of " + o.From + ": " + []string{"not applicable", "opted out", "did not opt out", "no such answer"}[o.Answer&3])
	}
	if s.Child {
		of("it is about a known child")
	}
	if s.GPC {
		of("it signals global privacy control")
	}
	return parts
}

// extSections are the ids of regs.ext.gpp_sid, if they can be read.
func (l *signalList) extSections() (ids []int8, ok bool) {
	return ids, json.Unmarshal(l.regsExt["gpp_sid"], &ids) == nil
}

// sections adds which sections of GPP apply.
func (l *signalList) sections() {
	about := func(ids []int8) []privacy.Reason {
		if slices.Contains(ids, sectionTCF) {
			return []privacy.Reason{privacy.GPP, privacy.GDPR}
		}
		return []privacy.Reason{privacy.GPP}
	}
	if ids := l.regs.GPPSID; len(ids) > 0 {
		text := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ids)), ", "), "[]")
		l.add(signal{
			Signal: Signal{Path: "regs.gpp_sid", Kind: "GPP", Value: text, Parts: []string{"these sections of GPP apply"}},
			why:    "regs.gpp_sid says that sections apply which no GPP string has",
			alone:  openrtb2.BidRequest{Regs: &openrtb2.Regs{GPPSID: ids}}, reasons: about(ids), scope: true,
		})
	}
	value := l.regsExt["gpp_sid"]
	if value = bytes.TrimSpace(value); len(value) == 0 {
		return
	}
	ids, ok := l.extSections()
	s := signal{
		Signal: Signal{Path: "regs.ext.gpp_sid", Kind: "GPP", Value: string(value), Parts: []string{"these sections of GPP apply"}},
		why:    "regs.ext.gpp_sid says that sections apply which no GPP string has",
		alone:  openrtb2.BidRequest{Regs: &openrtb2.Regs{Ext: objectOf("gpp_sid", value)}}, reasons: about(ids), scope: true,
	}
	if !ok {
		s.Parts, s.why, s.scope = []string{"it isn't a list of section ids"}, "regs.ext.gpp_sid can't be read", false
		s.reasons = []privacy.Reason{privacy.GPP, privacy.GDPR}
	}
	l.add(s)
}
