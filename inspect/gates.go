package inspect

import (
	"strings"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// gateOf is a policy of one gate.
func gateOf(reason privacy.Reason, scope privacy.Scope) privacy.Policy {
	p := privacy.Policy{Scope: scope}
	switch reason {
	case privacy.COPPA:
		p.COPPA = true
	case privacy.LMT:
		p.LMT = true
	case privacy.USPrivacy:
		p.USPrivacy = true
	case privacy.GPP:
		p.GPP = true
	case privacy.GDPR:
		p.GDPR = true
	}
	return p
}

// hasGate reports whether a policy has a gate.
func hasGate(p privacy.Policy, reason privacy.Reason) bool {
	return map[privacy.Reason]bool{
		privacy.COPPA: p.COPPA, privacy.LMT: p.LMT, privacy.USPrivacy: p.USPrivacy, privacy.GPP: p.GPP, privacy.GDPR: p.GDPR,
	}[reason]
}

// gatesOf asks each gate of a policy by itself.
func gatesOf(policy privacy.Policy, req *openrtb2.BidRequest) []Gate {
	gates := []Gate{}
	for _, reason := range privacy.Reasons() {
		_, closed := gateOf(reason, policy.Scope).Closed(req)
		gate := Gate{Reason: reason.String(), Closed: closed && hasGate(policy, reason)}
		if !hasGate(policy, reason) {
			gate.Why = "the host has switched this gate off"
			if closed {
				gate.Why += "; it would be closed"
			}
		}
		gates = append(gates, gate)
	}
	return gates
}

func isClosed(gates []Gate, reason privacy.Reason) bool {
	for _, gate := range gates {
		if gate.Reason == reason.String() {
			return gate.Closed
		}
	}
	return false
}

// explainGates says of each gate why it is closed or open.
func explainGates(gates []Gate, signals []signal) {
	for i := range gates {
		gate := &gates[i]
		if gate.Why != "" {
			continue
		}
		var closing, seen []string
		for _, s := range signals {
			for _, reason := range s.reasons {
				switch {
				case reason.String() != gate.Reason:
				case s.closes(reason):
					closing = append(closing, s.why)
				case s.Kind != "unreadable":
					seen = append(seen, s.Path)
				}
			}
		}
		gate.Why = whyOf(gate, closing, seen)
	}
}

func whyOf(gate *Gate, closing, seen []string) string {
	switch {
	case len(closing) > 0:
		return strings.Join(closing, "; ")
	case gate.Closed:
		return "GDPR applies by the host's setting, and there is no consent string that gives what is needed"
	case len(seen) > 0:
		return "nothing closes it: " + strings.Join(seen, ", ")
	}
	return "the request has no signal for it"
}
