package privacy

import (
	"bytes"
	"encoding/json"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// signals is what a request says. Where there are two of a kind, the first is from where OpenRTB 2.6 has it
// and the second from an ext.
type signals struct {
	coppa, lmt, gpc bool
	usPrivacy       [2]string
	gdpr            flag
	consents        [2]string
	gpp             gpp
	unreadable      gates
}

// flag is a signal that may be off, on or not there. Of two the higher one counts.
type flag uint8

const (
	unsaid flag = iota
	off
	on
)

// gates is a set of gates.
type gates uint8

func gatesOf(reasons ...Reason) (g gates) {
	for _, r := range reasons {
		g |= 1 << r
	}
	return g
}

func (g gates) has(r Reason) bool { return g>>r&1 == 1 }

func read(req *openrtb2.BidRequest) signals {
	var s signals
	s.lmt = req.Device != nil && req.Device.Lmt != nil && *req.Device.Lmt != 0
	if regs := req.Regs; regs != nil {
		s.coppa = regs.COPPA != 0
		s.usPrivacy[0] = regs.USPrivacy
		s.gpp.texts[0] = regs.GPP
		for _, id := range regs.GPPSID {
			s.gpp.applies.add(id)
		}
		if regs.GDPR != nil {
			s.gdpr = on
			if *regs.GDPR == 0 {
				s.gdpr = off
			}
		}
		s.readRegsExt(regs.Ext)
	}
	if user := req.User; user != nil {
		s.consents[0] = user.Consent
		s.readUserExt(user.Ext)
	}
	return s
}

// Gates that each member speaks for.
var (
	regsGates = [...]gates{gatesOf(GDPR), gatesOf(USPrivacy), gatesOf(GPP), gatesOf(GPP, GDPR), gatesOf(GPP, GDPR)}
	userGates = [...]gates{gatesOf(GDPR)}
)

// readRegsExt reads what regs.ext holds of signals, before OpenRTB 2.6 or in Prebid's own way.
func (s *signals) readRegsExt(ext json.RawMessage) {
	found := [...]strictjson.Member{{Name: "gdpr"}, {Name: "us_privacy"}, {Name: "gpc"}, {Name: "gpp"}, {Name: "gpp_sid"}}
	s.find(ext, found[:], regsGates[:])
	s.gdpr = max(s.gdpr, flagOf(found[0].Value))
	s.readText(&s.usPrivacy[1], found[1].Value, regsGates[1])
	s.gpc = flagOf(found[2].Value) == on
	s.readText(&s.gpp.texts[1], found[3].Value, regsGates[3])
	if !s.gpp.applies.read(found[4].Value) {
		s.unreadable |= regsGates[4]
	}
}

func (s *signals) readUserExt(ext json.RawMessage) {
	found := [...]strictjson.Member{{Name: "consent"}}
	s.find(ext, found[:], userGates[:])
	s.readText(&s.consents[1], found[0].Value, userGates[0])
}

// find looks for members by their exact keys, as Prebid Server does. What occurs twice or in another letter
// case can't be read, since others may read it in another way.
func (s *signals) find(ext json.RawMessage, members []strictjson.Member, speakFor []gates) {
	if ext = bytes.TrimSpace(ext); len(ext) == 0 || isNull(ext) || strictjson.Members(ext, members) == nil {
		return
	}
	for i := range members {
		if strictjson.Members(ext, members[i:i+1]) != nil {
			s.unreadable |= speakFor[i]
		}
	}
}

// readText reads a string that speaks for some gates.
func (s *signals) readText(to *string, value []byte, speaksFor gates) {
	if value == nil || isNull(value) {
		return
	}
	scanner := strictjson.Scanner{Data: value}
	text, err := scanner.Text()
	if err != nil {
		s.unreadable |= speaksFor
		return
	}
	*to = string(text.Decoded(value))
}

// read adds the ids of a list, and reports whether it is one.
func (s *sections) read(value []byte) bool {
	if value == nil {
		return true
	}
	var ids []*int8
	if json.Unmarshal(value, &ids) != nil {
		return false
	}
	for _, id := range ids {
		if id == nil {
			return false
		}
		s.add(*id)
	}
	return true
}

func isNull(value []byte) bool { return string(value) == "null" }

// flagOf reads a flag that may be a number, a string or a boolean. What isn't off is on.
func flagOf(value []byte) flag {
	switch string(value) {
	case "", "null", `""`:
		return unsaid
	case "0", `"0"`, "false", `"false"`:
		return off
	}
	return on
}
