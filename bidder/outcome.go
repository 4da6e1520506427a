package bidder

import (
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

// Outcome is what a token's verdict means for a bid. Each verdict has exactly one.
type Outcome uint8

const (
	// Usable: there is a raw UID to bid on.
	Usable Outcome = iota + 1
	// OptedOut: the user has opted out and must not be targeted.
	OptedOut
	// OptOutUnknown: the token is in order, and it isn't known whether its user has opted out.
	// There is no raw UID.
	OptOutUnknown
	// Unusable: the token may not be used; [bidstream.Verdict].Status says why.
	Unusable
)

// OutcomeOf tells the four kinds of verdict apart.
func OutcomeOf(v *bidstream.Verdict) Outcome {
	if _, ok := v.RawUID(); ok {
		return Usable
	}
	switch v.Status {
	case codec.UserOptedOut:
		return OptedOut
	case codec.Success:
		return OptOutUnknown
	}
	return Unusable
}

// String returns the outcome in words.
func (o Outcome) String() string {
	switch o {
	case Usable:
		return "usable"
	case OptedOut:
		return "opted out"
	case OptOutUnknown:
		return "opt-out unknown"
	case Unusable:
		return "unusable"
	}
	return "invalid outcome"
}
