package inspect

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/uid2rtb/uid2rtb/codec"
)

// members are those of a JSON object.
type members map[string]json.RawMessage

func (m members) has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, ok := m[name]; return ok })
}

// identityMembers are those of an identity; requestMembers, of which no answer has any, those of a
// bid request.
var (
	identityMembers = []string{"advertising_token", "refresh_token", "identity_expires"}
	requestMembers  = []string{"imp", "user", "site", "app", "dooh", "device", "regs", "tmax", "cur", "bcat", "source"}
	keyMembers      = []string{"identity_scope", "site_data", "master_keyset_id"}
)

// document explains a text that begins as JSON.
func (i *Inspector) document(text []byte, input Input) Report {
	if text[0] == '[' {
		return i.array(text, input)
	}
	var m members
	if err := json.Unmarshal(text, &m); err != nil {
		return unknown("This begins as a JSON object, and isn't one: "+where(err)+".", Attempt{KindRequest, where(err)}, Attempt{KindAnswer, where(err)})
	}
	switch {
	case m.has(identityMembers...):
		return i.identityReport(text, input)
	case isIdentity(m["latestToken"]): // as Prebid.js stores it
		return i.identityReport(m["latestToken"], input)
	case isIdentity(m["identity"]):
		return i.identityReport(m["identity"], input)
	case m.has("source") && m.has("uids"):
		return i.wrapped(`{"user":{"eids":[`, text, `]}}`, "The text is one eid; it was put into a bid request without anything else.", input)
	case m.has("eids"):
		return i.wrapped(`{"user":`, text, `}`, "The text is a user with eids; it was put into a bid request without anything else.", input)
	case m.has(requestMembers...):
		return i.requestReport(text, input)
	case m.has("status", "body"):
		return i.answerReport(text, input)
	case m.has("keys") && m.has(keyMembers...):
		return i.answerReport(slices.Concat([]byte(`{"status":"success","body":`), text, []byte("}")), input)
	}
	return unknownDocument()
}

// isIdentity reports whether a member is an object like an identity.
func isIdentity(text []byte) bool {
	var m members
	return json.Unmarshal(text, &m) == nil && m.has(identityMembers...)
}

// array explains a JSON array: the eids of a request, or what an operator answers about buckets.
func (i *Inspector) array(text []byte, input Input) Report {
	var list []members
	if err := json.Unmarshal(text, &list); err != nil {
		return unknown("This begins as a JSON array, and isn't one of objects: "+where(err)+".", Attempt{KindRequest, where(err)})
	}
	if len(list) > 0 && list[0].has("source") && list[0].has("uids") {
		return i.wrapped(`{"user":{"eids":`, text, `}}`, "The text is a list of eids; it was put into a bid request without anything else.", input)
	}
	return unknownDocument()
}

// wrapped explains a part of a bid request as a request.
func (i *Inspector) wrapped(before string, text []byte, after, note string, input Input) Report {
	report := i.requestReport(slices.Concat([]byte(before), text, []byte(after)), input)
	report.Notes = append(report.Notes, note)
	return report
}

// where says where JSON is wrong, without its text.
func where(err error) string {
	switch e := err.(type) {
	case *json.SyntaxError:
		return fmt.Sprintf("the JSON is wrong at byte %d", e.Offset)
	case *json.UnmarshalTypeError:
		return fmt.Sprintf("a value of the wrong type at byte %d", e.Offset)
	}
	return "it is not JSON"
}

// smallestAnswer is the size of an encrypted answer without content.
const smallestAnswer = 44

// base64Text explains a text that is no document.
func (i *Inspector) base64Text(text string, input Input) Report {
	d := decodeBase64(text)
	if input.Secret != "" && d.whole() {
		if report, ok := i.openAnswer(d.bytes, input); ok {
			return report
		}
	}
	version := versionOf(d.bytes)
	switch {
	case d.whole() && isRawUID(d.bytes, version):
		return i.rawUIDReport(text, input)
	case version != 0 && (len(text) <= codec.MaxTokenText || !d.whole()):
		return i.tokenReport(text, input)
	case d.whole() && len(d.bytes) >= smallestAnswer && !isHex(text):
		return i.sealedAnswer(text, d, input)
	}
	return i.unknownText(text, d)
}

// isRawUID reports whether bytes are a raw UID. A token that was cut off could have the size of one.
func isRawUID(b []byte, version codec.Version) bool {
	uid, err := codec.NewRawUID(b)
	return err == nil && (version == 0 || uid.Valid())
}

// requestReport explains a bid request.
func (i *Inspector) requestReport(text []byte, input Input) Report {
	request, err := i.request(text, input)
	if err != nil {
		return unknown("This looks like a bid request, but can't be read as one: "+err.Error()+".", Attempt{KindRequest, err.Error()})
	}
	summary, advice := request.summary()
	return Report{Kind: KindRequest, Summary: summary, Advice: advice, Request: request}
}

// summary says in one sentence what a request holds, and what to do about its first token that
// can't be used.
func (r *Request) summary() (sentence string, advice []string) {
	found, usable := 0, 0
	for _, uid := range r.UIDs {
		if !uid.Found {
			continue
		}
		found++
		switch {
		case uid.Token == nil:
		case uid.Token.Usable:
			usable++
		case advice == nil:
			advice = uid.Token.advice()
		}
	}
	sentence = fmt.Sprintf("A bid request with %s, of which %d may be used", count(found, "token"), usable)
	for _, gate := range r.Gates {
		if gate.Closed {
			return sentence + "; raw UIDs are withheld, because of " + gate.Reason + ".", advice
		}
	}
	return sentence + ".", advice
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
