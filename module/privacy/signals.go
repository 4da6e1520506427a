package privacy

import (
	"bytes"
	"encoding/json"

	"github.com/prebid/openrtb/v20/openrtb2"
)

// signals is what a request says, from both generations of OpenRTB.
type signals struct {
	coppa, lmt             bool
	usPrivacy, usPrivacy25 string
	gpc                    bool
	gdpr                   bool
	consent, consent25     string
	gpp                    gpp
	unreadable             bool // an ext that could hold signals is no JSON object
}

// regsExt is what regs.ext holds of signals, before OpenRTB 2.6 or in Prebid's own way.
type regsExt struct {
	GDPR      json.RawMessage `json:"gdpr"`
	USPrivacy *string         `json:"us_privacy"`
	GPC       json.RawMessage `json:"gpc"`
	GPP       *string         `json:"gpp"`
	GPPSID    []int8          `json:"gpp_sid"`
}

// userExt is what user.ext holds of signals.
type userExt struct {
	Consent *string `json:"consent"`
}

func read(req *openrtb2.BidRequest) signals {
	var s signals
	s.lmt = req.Device != nil && req.Device.Lmt != nil && *req.Device.Lmt != 0
	if regs := req.Regs; regs != nil {
		s.coppa = regs.COPPA != 0
		s.usPrivacy = regs.USPrivacy
		s.gdpr = regs.GDPR != nil && *regs.GDPR != 0
		s.gpp.text, s.gpp.applies = regs.GPP, regs.GPPSID
		s.readRegsExt(regs.Ext)
	}
	if user := req.User; user != nil {
		s.consent = user.Consent
		s.readUserExt(user.Ext)
	}
	return s
}

func (s *signals) readRegsExt(raw json.RawMessage) {
	var ext regsExt
	if len(raw) == 0 {
		return
	}
	if json.Unmarshal(raw, &ext) != nil {
		s.unreadable, s.gdpr = true, true
		return
	}
	s.usPrivacy25 = valueOf(ext.USPrivacy)
	s.gpc = isSet(ext.GPC)
	s.gdpr = s.gdpr || isSet(ext.GDPR)
	if s.gpp.text == "" {
		s.gpp.text = valueOf(ext.GPP)
	}
	if len(s.gpp.applies) == 0 {
		s.gpp.applies = ext.GPPSID
	}
}

// readUserExt looks for the consent string only: most of user.ext is eids, which would be parsed for nothing.
func (s *signals) readUserExt(raw json.RawMessage) {
	if !s.gdpr && !s.gpp.has(sectionTCF) || !bytes.Contains(raw, []byte("consent")) {
		return
	}
	var ext userExt
	if json.Unmarshal(raw, &ext) == nil {
		s.consent25 = valueOf(ext.Consent)
	}
}

func valueOf(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// isSet tells whether a flag that may be a number, a string or a boolean is there and isn't off.
func isSet(flag json.RawMessage) bool {
	switch string(bytes.Trim(flag, `"`)) {
	case "", "null", "0", "false":
		return false
	}
	return true
}
