package inspect

import (
	"encoding/binary"
	"fmt"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

// token explains a token that stands in a place of this scope, or of none, under a domain or app
// name.
func (i *Inspector) token(text string, scope codec.Scope, name string, input Input) *Token {
	j := i.judge(input, scope, name)
	d := decodeBase64(text)
	if len(text) > codec.MaxTokenText {
		d.bytes = d.bytes[:min(len(d.bytes), codec.MaxTokenText/4*3)]
	}
	s := &said{judge: j, text: text, decoded: d, verdict: j.verdict(text)}
	_, usable := s.verdict.RawUID()
	o := (&view{nowMs: input.NowMs, reveal: input.Reveal && usable, withheld: input.Reveal && !usable}).open(d.bytes, j)
	s.opened = o
	s.parsed = codec.Parse(&s.outside, text)
	if len(j.keys) == 0 && s.parsed != codec.Success {
		s.verdict.Status = s.parsed // what can be said without keys
	}
	t := &Token{
		Usable: usable,
		Status: s.verdict.Status.String(), Version: int(o.version), Alphabet: alphabet(text), Characters: len(text), Bytes: len(d.bytes),
		Layers: o.layers, Keys: o.keysOf(input.NowMs), Times: o.times(input.NowMs), Checks: s.checks(), Verdict: s.annotation(input.Reveal),
	}
	if t.Layers == nil {
		t.Layers = []Layer{}
	}
	if o.scope != 0 {
		t.Scope, t.Type = o.scope.String(), typeOf(d.bytes[0])
	}
	if s.verdict.Version != 0 {
		bits := uint32(s.verdict.PrivacyBits)
		t.SiteID, t.Bits = &s.verdict.SiteID, &bits
	} else if len(o.site) >= 4 {
		id := binary.BigEndian.Uint32(o.site)
		t.SiteID = &id
	}
	return t
}

// typeOf returns the identity type that a token's first byte says.
func typeOf(first byte) string {
	return [...]string{"email", "phone", "unknown", "unknown"}[first>>2&3]
}

// said is all that is known of a token when its checks are explained.
type said struct {
	judge   *judge
	opened  *opened
	text    string
	decoded decoded
	verdict bidstream.Verdict
	parsed  codec.Status
	outside codec.Token
}

// annotation is what a bidder's request would say; nil without any keys.
func (s *said) annotation(reveal bool) []byte {
	if len(s.judge.keys) == 0 {
		return nil
	}
	annotation := bidder.AnnotationOf(&s.verdict)
	if !reveal {
		annotation.Raw = ""
	}
	return annotation.AppendJSON(nil)
}

// tokenReport is the report of a text that is a token.
func (i *Inspector) tokenReport(text string, input Input) Report {
	t := i.token(text, 0, input.Name, input)
	return Report{Kind: KindToken, Summary: t.summary(), Advice: t.advice(), Token: t}
}

// summary says in one sentence what a token is, and whether it may be used.
func (t *Token) summary() string {
	what := "A text that begins like no token of a known version"
	if t.Version != 0 {
		what = fmt.Sprintf("A token of version %d", t.Version)
		if t.Scope != "" {
			what = fmt.Sprintf("A %s token of version %d (%s)", t.Scope, t.Version, t.Type)
		}
	}
	failed, unknown := t.first(Failed), t.first(NotKnown)
	switch {
	case failed != nil:
		return what + ", which must not be used: " + failed.Why + "."
	case t.Usable && unknown == nil:
		return what + ", which may be used: " + t.check(checkExpiry).Why + "."
	case t.Usable:
		return what + ", which may be used unless the user has opted out: " + unknown.Why + "."
	case unknown != nil && unknown.Number == checkOptOut:
		return what + ", which must not be used yet: " + unknown.Why + "."
	}
	return what + ", not damaged as far as can be seen without its keys."
}

// advice is what to do about a token that failed a check.
func (t *Token) advice() []string {
	for _, outcome := range []Outcome{Failed, NotKnown} {
		if c := t.first(outcome); c != nil && c.Do != "" {
			return []string{c.Do}
		}
	}
	return nil
}

// first returns the first check with an outcome, or nil.
func (t *Token) first(outcome Outcome) *Check {
	for i := range t.Checks {
		if t.Checks[i].Outcome == outcome {
			return &t.Checks[i]
		}
	}
	return nil
}

// check returns the check with a number.
func (t *Token) check(number int) *Check { return &t.Checks[number-1] }
