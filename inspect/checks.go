package inspect

import (
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

// Numbers of checks, as in the comment of package bidstream.
const (
	checkLoaded = iota + 1
	checkSynced
	checkLength
	checkHead
	checkVersion
	checkWhole
	checkScope
	checkMasterKey
	checkMasterLayer
	checkSiteKey
	checkSiteLayer
	checkExpiry
	checkOptOutBit
	checkName
	checkLifetime
	checkOptOut
)

// written is the written order: what is checked, the status of a failure, and how to explain either.
var written = []struct {
	name   string
	status codec.Status
	passed func(*said) string
	failed func(*said) string
	do     func(*said) string
}{
	{"keys are loaded", codec.NotInitialized, (*said).loaded, (*said).notLoaded, (*said).doLoad},
	{"a key hasn't expired", codec.KeysNotSynced, (*said).synced, (*said).notSynced, (*said).doSync},
	{"at least 4 characters", codec.InvalidPayload, (*said).length, (*said).length, (*said).doWhole},
	{"begins with base64", codec.InvalidPayload, nil, (*said).badCharacter, (*said).doWhole},
	{"a known version", codec.VersionNotSupported, (*said).version, (*said).noVersion, (*said).doVersion},
	{"all base64, a possible length", codec.InvalidPayload, (*said).size, (*said).notWhole, (*said).doWhole},
	{"the right scope", codec.InvalidIdentityScope, (*said).scope, (*said).otherScope, (*said).doScope},
	{"the master key is held", codec.NotAuthorizedForMasterKey, (*said).masterKey, (*said).noMasterKey, (*said).doMasterKey},
	{"the master layer opens", codec.InvalidPayload, nil, (*said).masterShut, (*said).doChanged},
	{"the site key is held", codec.NotAuthorizedForKey, (*said).siteKey, (*said).noSiteKey, (*said).doSiteKey},
	{"the site layer opens", codec.InvalidPayload, nil, (*said).siteShut, (*said).doChanged},
	{"not expired", codec.ExpiredToken, (*said).expiry, (*said).expiry, (*said).doExpired},
	{"not made for an opted-out user", codec.UserOptedOut, nil, (*said).optedOutBit, (*said).doOptedOut},
	{"the name is allowed", codec.DomainOrAppNameCheckFailed, (*said).nameAllowed, (*said).nameRefused, (*said).doName},
	{"the lifetime is allowed", codec.InvalidTokenLifetime, (*said).lifetime, (*said).lifetimeRefused, (*said).doLifetime},
	{"the user hasn't opted out since", codec.UserOptedOut, (*said).notOptedOut, (*said).optedOut, (*said).doOptedOut},
}

// checks says of each check how it came out. What failed is the check that yields the status that
// package bidstream answered; all before it have passed, and none after it was made.
func (s *said) checks() []Check {
	failed := s.failed()
	checks := make([]Check, len(written))
	for at, w := range written {
		c := Check{Number: at + 1, Name: w.name, Status: w.status.String(), Outcome: s.outcome(at+1, failed)}
		switch c.Outcome {
		case Passed:
			if w.passed != nil {
				c.Why = w.passed(s)
			}
		case Failed:
			c.Why, c.Do = w.failed(s), w.do(s)
		case NotKnown:
			c.Why, c.Do = s.notKnown(at + 1)
		}
		checks[at] = c
	}
	return checks
}

// failed returns the number of the check that yielded the verdict's status, or 0 if none failed. Two
// statuses belong to several checks, which what is known of the token tells apart.
func (s *said) failed() int {
	switch status := s.verdict.Status; {
	case status == codec.Success, status == codec.NotInitialized && len(s.judge.keys) == 0:
		return 0
	case status == codec.InvalidPayload:
		return s.damage()
	case status == codec.UserOptedOut && !s.verdict.PrivacyBits.OptedOut():
		return checkOptOut
	default:
		for at, w := range written {
			if w.status == status {
				return at + 1
			}
		}
		panic("inspect: no check yields the status " + status.String())
	}
}

// damage returns which check found a damaged token.
func (s *said) damage() int {
	switch {
	case len(s.text) < 4:
		return checkLength
	case s.decoded.bad >= 0 && s.decoded.bad < 4 || len(s.decoded.bytes) < 3:
		return checkHead
	case s.parsed != codec.Success:
		return checkWhole
	case s.opened.master == nil:
		return checkMasterLayer
	}
	return checkSiteLayer
}

// outcome of a check if another one failed, or none (0).
func (s *said) outcome(number, failed int) Outcome {
	keyless := len(s.judge.keys) == 0
	switch {
	case number == failed:
		return Failed
	case keyless && (number <= checkSynced || number >= checkScope && failed == 0):
		return NotKnown
	case failed != 0 && number > failed:
		return NotReached
	case number == checkOptOut && s.verdict.OptOut.State == bidstream.OptOutUnknown:
		return NotKnown
	}
	return Passed
}
