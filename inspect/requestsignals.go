package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// signal is a privacy signal, with what the gates are asked to see which of them it closes.
type signal struct {
	Signal
	why     string              // it closes a gate
	alone   openrtb2.BidRequest // nothing but the signal, and what makes it count
	reasons []privacy.Reason    // of the gates that it may close
	scope   bool                // it says what applies, so it closes a gate only if no other signal does
}

// signalList collects the signals of a request from where the gates look for them.
type signalList struct {
	all []signal

	regs             openrtb2.Regs // of the request, or nothing
	user             openrtb2.User
	device           openrtb2.Device
	regsExt, userExt map[string]json.RawMessage // what can be read of them
	inScope          bool                       // GDPR applies
}

// signalsOf lists the privacy signals of a request. The scope says where GDPR applies.
func signalsOf(req *openrtb2.BidRequest, scope privacy.Scope) []signal {
	l := &signalList{}
	if req.Regs != nil {
		l.regs = *req.Regs
	}
	if req.User != nil {
		l.user = *req.User
	}
	if req.Device != nil {
		l.device = *req.Device
	}
	l.regsExt = l.ext("regs.ext", l.regs.Ext, "gdpr", "us_privacy", "gpc", "gpp", "gpp_sid")
	l.userExt = l.ext("user.ext", l.user.Ext, "consent")
	_, l.inScope = privacy.Policy{GDPR: true, Scope: scope}.Closed(l.withoutConsent())
	l.numbers()
	l.text("regs.us_privacy", l.regs.USPrivacy, l.usPrivacy)
	l.member("us_privacy", l.usPrivacy)
	l.gpc()
	l.text("regs.gpp", l.regs.GPP, l.gpp)
	l.member("gpp", l.gpp)
	l.sections()
	l.gdpr()
	l.text("user.consent", l.user.Consent, l.consent)
	l.member("consent", l.consent)
	return l.all
}

// ext reads the members of an ext that the gates read. What can't be read closes every gate that it
// could speak for, and is a signal itself.
func (l *signalList) ext(path string, ext json.RawMessage, names ...string) map[string]json.RawMessage {
	values := make(map[string]json.RawMessage)
	if ext = bytes.TrimSpace(ext); len(ext) == 0 || string(ext) == "null" {
		return values
	}
	if ext[0] != '{' {
		l.unreadable(path, "it isn't an object", ext)
		return values
	}
	for _, name := range names {
		member := []strictjson.Member{{Name: name}}
		if strictjson.Members(ext, member) != nil {
			twice := fmt.Sprintf(`{"%s":null,"%s":null}`, name, name)
			l.unreadable(path+"."+name, "the key is there twice or in another letter case, and readers differ in what they make of that", json.RawMessage(twice))
		} else if member[0].Value != nil {
			values[name] = member[0].Value
		}
	}
	return values
}

func (l *signalList) unreadable(path, why string, ext json.RawMessage) {
	alone := openrtb2.BidRequest{Regs: &openrtb2.Regs{Ext: ext}}
	if strings.HasPrefix(path, "user.") {
		alone = openrtb2.BidRequest{User: &openrtb2.User{Ext: ext}}
	}
	l.add(signal{
		Signal: Signal{Path: path, Kind: "unreadable", Parts: []string{why}},
		why:    path + " can't be read: " + why, alone: alone, reasons: privacy.Reasons(),
	})
}

func (l *signalList) add(s signal) { l.all = append(l.all, s) }

// regsExtOf is a regs.ext of these members of the request's.
func (l *signalList) regsExtOf(names ...string) json.RawMessage {
	members := make(map[string]json.RawMessage)
	for _, name := range names {
		if value, there := l.regsExt[name]; there {
			members[name] = value
		}
	}
	if len(members) == 0 {
		return nil
	}
	ext, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return ext
}

// withoutConsent is a request with all that says where GDPR applies, and no consent string.
func (l *signalList) withoutConsent() *openrtb2.BidRequest {
	regs := openrtb2.Regs{GDPR: l.regs.GDPR, GPPSID: l.regs.GPPSID, Ext: l.regsExtOf("gdpr", "gpp_sid")}
	return &openrtb2.BidRequest{Regs: &regs, User: &openrtb2.User{Geo: l.user.Geo}, Device: &openrtb2.Device{Geo: l.device.Geo}}
}

// scoped are regs that say that GDPR applies, if it does.
func (l *signalList) scoped() *openrtb2.Regs {
	if !l.inScope {
		return &openrtb2.Regs{}
	}
	one := int8(1)
	return &openrtb2.Regs{GDPR: &one}
}

// text explains a signal that is a string, if it is there.
func (l *signalList) text(path, value string, explain func(path, value string, alone openrtb2.BidRequest)) {
	if value == "" {
		return
	}
	regs := l.scoped()
	alone := openrtb2.BidRequest{Regs: regs}
	switch path {
	case "regs.us_privacy":
		regs.USPrivacy = value
	case "regs.gpp":
		regs.GPP = value
	case "user.consent":
		alone.User = &openrtb2.User{Consent: value}
	}
	explain(path, value, alone)
}

// member explains a signal of an ext that must be a string, if it is there.
func (l *signalList) member(name string, explain func(path, value string, alone openrtb2.BidRequest)) {
	path, value := "regs.ext."+name, l.regsExt[name]
	regs := l.scoped()
	alone := openrtb2.BidRequest{Regs: regs}
	if name == "consent" {
		path, value = "user.ext.consent", l.userExt[name]
		alone.User = &openrtb2.User{Ext: objectOf(name, value)}
	} else {
		regs.Ext = objectOf(name, value)
	}
	if len(value) == 0 || string(value) == "null" {
		return
	}
	var text string
	if json.Unmarshal(value, &text) != nil {
		l.unreadable(path, "it isn't a string", objectOf(name, value))
		return
	}
	if text != "" {
		explain(path, text, alone)
	}
}

func objectOf(name string, value json.RawMessage) json.RawMessage {
	return json.RawMessage(`{"` + name + `":` + string(value) + `}`)
}

// numbers adds COPPA, LMT and DNT.
func (l *signalList) numbers() {
	if value := l.regs.COPPA; value != 0 {
		l.add(signal{
			Signal: Signal{Path: "regs.coppa", Kind: "COPPA", Value: strconv.Itoa(int(value)), Parts: []string{"the user is a child, by US law"}},
			why:    fmt.Sprintf("regs.coppa is %d: the user is a child", value),
			alone:  openrtb2.BidRequest{Regs: &openrtb2.Regs{COPPA: value}}, reasons: []privacy.Reason{privacy.COPPA},
		})
	}
	if lmt := l.device.Lmt; lmt != nil {
		l.add(signal{
			Signal: Signal{Path: "device.lmt", Kind: "LMT", Value: strconv.Itoa(int(*lmt)), Parts: []string{"1: the device limits ad tracking; 0: it doesn't"}},
			why:    fmt.Sprintf("device.lmt is %d: the device limits ad tracking", *lmt),
			alone:  openrtb2.BidRequest{Device: &openrtb2.Device{Lmt: lmt}}, reasons: []privacy.Reason{privacy.LMT},
		})
	}
	if dnt := l.device.DNT; dnt != nil {
		l.add(signal{Signal: Signal{Path: "device.dnt", Kind: "DNT", Value: strconv.Itoa(int(*dnt)), Parts: []string{"the browser's wish, for which there is no gate"}}})
	}
}

func (l *signalList) usPrivacy(path, value string, alone openrtb2.BidRequest) {
	l.add(signal{
		Signal: Signal{Path: path, Kind: "US privacy", Value: value, Parts: usPrivacyParts(value)},
		why:    path + ": " + whyUSPrivacy(value),
		alone:  alone, reasons: []privacy.Reason{privacy.USPrivacy},
	})
}

// whyUSPrivacy says why a US privacy string closes a gate.
func whyUSPrivacy(value string) string {
	if len(value) == 4 && value[2]|0x20 == 'y' {
		return "the user opted out of sale"
	}
	return "it can't be read"
}

// usPrivacyParts explains a US privacy string letter by letter.
func usPrivacyParts(value string) []string {
	if len(value) != 4 {
		return []string{"a US privacy string has four characters"}
	}
	parts := []string{"version " + value[:1]}
	if value[0] != '1' {
		parts[0] = "not version 1, so nobody can tell what the rest means"
	}
	for i, question := range []string{"notice and the chance to opt out were given", "the user opted out of sale", "covered by the limited service provider agreement"} {
		answer := map[byte]string{'Y': "yes", 'N': "no", '-': "not applicable"}[bytes.ToUpper([]byte(value[i+1 : i+2]))[0]]
		if answer == "" {
			answer = "no such answer"
		}
		parts = append(parts, fmt.Sprintf("%s: %s", question, answer))
	}
	return parts
}

func (l *signalList) gpc() {
	value := l.regsExt["gpc"]
	if len(value) == 0 {
		return
	}
	l.add(signal{
		Signal: Signal{Path: "regs.ext.gpc", Kind: "GPC", Value: string(value), Parts: []string{"global privacy control, as the browser signals it"}},
		why:    "regs.ext.gpc signals global privacy control",
		alone:  openrtb2.BidRequest{Regs: &openrtb2.Regs{Ext: objectOf("gpc", value)}}, reasons: []privacy.Reason{privacy.GPP},
	})
}

// gdpr adds what says where GDPR applies.
func (l *signalList) gdpr() {
	add := func(path, value string, alone openrtb2.BidRequest) {
		l.add(signal{
			Signal: Signal{Path: path, Kind: "GDPR scope", Value: value}, why: path + " says that GDPR applies, and there is no consent string that gives what is needed",
			alone: alone, reasons: []privacy.Reason{privacy.GDPR}, scope: true,
		})
	}
	if gdpr := l.regs.GDPR; gdpr != nil {
		add("regs.gdpr", strconv.Itoa(int(*gdpr)), openrtb2.BidRequest{Regs: &openrtb2.Regs{GDPR: gdpr}})
	}
	if gdpr := l.regsExt["gdpr"]; len(gdpr) > 0 {
		add("regs.ext.gdpr", string(gdpr), openrtb2.BidRequest{Regs: &openrtb2.Regs{Ext: objectOf("gdpr", gdpr)}})
	}
	said := l.regs.GDPR != nil || len(l.regsExt["gdpr"]) > 0
	if geo := l.user.Geo; geo != nil && geo.Country != "" && !said {
		add("user.geo.country", geo.Country, openrtb2.BidRequest{User: &openrtb2.User{Geo: geo}})
	}
	if geo := l.device.Geo; geo != nil && geo.Country != "" && !said {
		add("device.geo.country", geo.Country, openrtb2.BidRequest{Device: &openrtb2.Device{Geo: geo}})
	}
}

func (l *signalList) consent(path, value string, alone openrtb2.BidRequest) {
	parts, why := consentParts(value)
	l.add(signal{
		Signal: Signal{Path: path, Kind: "TCF", Value: value, Parts: parts}, why: path + ": " + why,
		alone: alone, reasons: []privacy.Reason{privacy.GDPR},
	})
}

// markClosed says of each signal which gates it closes, of those that are closed. What says which rules
// apply closes a gate only if nothing else does.
func markClosed(signals []signal, gates []Gate, scope privacy.Scope) {
	for i := range signals {
		if s := &signals[i]; !s.scope {
			s.mark(gates, privacy.Scope{}, func(privacy.Reason) bool { return true })
		}
	}
	others := slices.Clone(signals)
	for i := range signals {
		if s := &signals[i]; s.scope {
			s.mark(gates, scope, func(reason privacy.Reason) bool {
				return !slices.ContainsFunc(others, func(other signal) bool { return other.closes(reason) })
			})
		}
	}
}

// mark asks the gates about the signal alone.
func (s *signal) mark(gates []Gate, scope privacy.Scope, counts func(privacy.Reason) bool) {
	for _, reason := range s.reasons {
		if _, closes := gateOf(reason, scope).Closed(&s.alone); closes && isClosed(gates, reason) && counts(reason) {
			s.Closes = strings.TrimPrefix(s.Closes+", "+reason.String(), ", ")
		}
	}
}

func (s *signal) closes(reason privacy.Reason) bool {
	return slices.Contains(strings.Split(s.Closes, ", "), reason.String())
}
