package inspect

import (
	"fmt"
	"strings"
)

func unknown(summary string, tried ...Attempt) Report {
	return Report{Kind: KindUnknown, Summary: summary, Tried: tried}
}

func empty() Report {
	return unknown("There is nothing to explain: the text is empty.")
}

func tooLong(input Input) Report {
	report := unknown(fmt.Sprintf("The text has %d bytes, and at most %d are explained.", len(input.Text), MaxInput))
	report.NowMs = input.NowMs
	return report
}

func unknownDocument() Report {
	return unknown("This is JSON, but nothing of UID2 that is known here.",
		Attempt{KindRequest, "it has none of imp, user, site, app, device and regs"},
		Attempt{KindIdentity, "it has neither advertising_token nor refresh_token"},
		Attempt{KindAnswer, "it has neither status nor body"})
}

// isHex reports whether a text is hexadecimal.
func isHex(text string) bool {
	return len(text)%2 == 0 && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F')
	})
}

// unknownText says of each kind why a text isn't of it.
func (i *Inspector) unknownText(text string, d decoded) Report {
	report := unknown("This is nothing of UID2 that is known here.",
		Attempt{KindToken, notToken(text, d)},
		Attempt{KindRawUID, notRawUID(d)},
		Attempt{KindRequest, "it doesn't begin with {"},
		Attempt{KindIdentity, "it doesn't begin with {"},
		Attempt{KindAnswer, notAnswer(d)})
	report.Advice = hint(text)
	return report
}

func notToken(text string, d decoded) string {
	s := said{text: text, decoded: d}
	switch {
	case len(text) < 4:
		return "a token has more than 4 characters"
	case len(d.bytes) < 3:
		return s.badCharacter()
	}
	return s.noVersion()
}

func notRawUID(d decoded) string {
	switch {
	case d.bad >= 0:
		return (&said{decoded: d}).badCharacter()
	case d.single:
		return "so many characters can't be base64"
	}
	return fmt.Sprintf("it has %d bytes, and a raw UID has 32 or 33", len(d.bytes))
}

func notAnswer(d decoded) string {
	if d.whole() && len(d.bytes) < smallestAnswer {
		return fmt.Sprintf("it has %d bytes, and an encrypted answer has at least %d; one that isn't encrypted begins with {", len(d.bytes), smallestAnswer)
	}
	return "it is neither base64 nor JSON"
}

// hint says what a text may be instead, which people confuse with a token or a raw UID.
func hint(text string) []string {
	switch {
	case isHex(text) && len(text) == 64:
		return []string{"It may be a SHA-256 hash or a raw UID in hexadecimal: write it as base64."}
	case isHex(text) && len(text) == 66:
		return []string{"It may be a raw UID in hexadecimal: write it as base64."}
	case strings.Contains(text, "@"), strings.HasPrefix(text, "+"):
		return []string{"If it is an email or a phone number, uid2 map finds its raw UID, and uid2 generate makes a token of it."}
	case strings.HasPrefix(text, "-----BEGIN"):
		return []string{"It is a key or a certificate, which doesn't belong here."}
	}
	return nil
}
