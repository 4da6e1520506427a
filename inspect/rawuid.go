package inspect

import (
	"fmt"
	"strings"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

// canonicalLength is the length of a raw UID as others expect it: padded standard base64.
const canonicalLength = 44

// rawUIDReport explains a text that encodes 32 or 33 bytes.
func (i *Inspector) rawUIDReport(text string, input Input) Report {
	uid, err := codec.DecodeRawUID(text)
	if err != nil {
		return i.unknownText(text, decodeBase64(text))
	}
	b := uid.AppendBytes(nil)
	r := &RawUID{
		Version: int(uid.Version()), Bytes: len(b), Fields: cut(b, rawUIDLayout(uid), input.Reveal),
		OptOut: i.optOutOf(uid), Notes: rawUIDNotes(uid, text),
	}
	what := "A raw UID of version 2, which says neither scope nor type"
	if uid.Version() != codec.V2 {
		r.Scope, r.Type = uid.Scope().String(), uid.Type().String()
		what = fmt.Sprintf("A raw UID of version %d: %v, %v", r.Version, uid.Scope(), uid.Type())
	}
	if uid.Version() == codec.V4 {
		what += ", " + uid.Environment().String()
	}
	if input.Reveal {
		r.Canonical = uid.Canonical().Reveal()
	}
	for at := range r.Fields {
		r.Fields[at].Masked = !input.Reveal
		if !input.Reveal {
			r.Fields[at].Hex = ""
		}
	}
	report := Report{Kind: KindRawUID, Summary: what + ". " + optOutSentences[r.OptOut], RawUID: r}
	if r.OptOut == optedOut {
		report.Advice = []string{"Don't bid on this user, and don't keep the raw UID."}
	}
	return report
}

// States of an opt-out.
const (
	optedOut       = "opted_out"
	notOptedOut    = "not_opted_out"
	optOutNotKnown = "not_known"
)

var optOutSentences = map[string]string{
	optedOut:       "The user has opted out.",
	notOptedOut:    "The user hasn't opted out.",
	optOutNotKnown: "Whether the user has opted out isn't known here.",
}

func (i *Inspector) optOutOf(uid codec.RawUID) string {
	if i.config.OptOuts == nil {
		return optOutNotKnown
	}
	switch i.config.OptOuts.OptOut(uid).State {
	case bidstream.OptedOut:
		return optedOut
	case bidstream.NotOptedOut:
		return notOptedOut
	}
	return optOutNotKnown
}

// rawUIDLayout is the layout of a raw UID. All of it is one, and masked.
func rawUIDLayout(uid codec.RawUID) []part {
	hash := part{"hash", 32, constant("SHA-256"), true}
	switch uid.Version() {
	case codec.V2:
		return []part{hash}
	case codec.V3:
		return []part{metadata(uid), hash}
	}
	checksum := part{"checksum", 1, constant("right"), true}
	if !uid.Valid() {
		checksum.meaning = impossible("wrong, or not that of these metadata")
	}
	return []part{
		metadata(uid), {"key id", 3, constant("of the operator's key for this bucket of users"), true},
		{"IV", 12, constant("made from the user's hash"), true}, {"encrypted hash", 16, constant("AES-256-CTR"), true}, checksum,
	}
}

func metadata(uid codec.RawUID) part {
	meaning := rawUIDVersion(uid)
	if uid.Version() == codec.V4 {
		meaning += ", " + uid.Environment().String()
	}
	return part{"metadata", 1, constant(meaning), true}
}

// rawUIDNotes says what is remarkable about a raw UID.
func rawUIDNotes(uid codec.RawUID, text string) (notes []string) {
	if uid.Version() == codec.V2 {
		notes = append(notes, "The hash of an email or a phone number looks the same. It isn't a raw UID: an operator makes one of it.")
	}
	if !uid.Valid() && uid.Version() == codec.V4 {
		notes = append(notes, "The checksum is wrong: a character was changed, or this is how an opt-out is announced, without the environment's bits.")
	}
	if !uid.Valid() && uid.Version() == codec.V3 {
		notes = append(notes, "Bits of the metadata are set that must not be: a character was changed, or it isn't a raw UID.")
	}
	if len(text) != canonicalLength || strings.ContainsAny(text, "-_") {
		notes = append(notes, "Others expect it in padded standard base64, 44 characters.")
	}
	if b := uid.AppendBytes(nil); marker(b) {
		notes = append(notes, "It is no user: with it the opt-out service begins or ends a batch.")
	}
	return notes
}

// marker reports whether all bytes of 32 are 0, or all are 255.
func marker(b []byte) bool {
	for _, c := range b {
		if c != b[0] || c != 0 && c != 0xFF {
			return false
		}
	}
	return len(b) == 32
}
