package inspect

import (
	"fmt"

	"github.com/uid2rtb/uid2rtb/codec"
)

// What to do about a check that failed.

func (s *said) doLoad() string {
	return "Load the operator's keys first: check its address and the credentials."
}

func (s *said) doSync() string {
	return "Refresh the keys: check that the operator can be reached, and that this host's clock is right."
}

func (s *said) doWhole() string {
	return "Get the whole token from whoever sent it: it must arrive exactly as the operator issued it, all characters in their case."
}

func (s *said) doVersion() string {
	return "Check that this is an advertising token: a refresh token, a raw UID or a hash isn't one. If it is, update this software."
}

func (s *said) doScope() string {
	if place := s.judge.query.Scope; place != 0 && s.outside.Scope != 0 && place != s.outside.Scope {
		return "Tell the sender: tokens of UID2 belong in an eid of uidapi.com, those of EUID in one of euid.eu."
	}
	if s.outside.Scope == codec.ScopeEUID {
		return "Use the keys of an EUID operator, which come with EUID credentials."
	}
	return "Use the keys of a UID2 operator, which come with UID2 credentials."
}

func (s *said) doMasterKey() string {
	return "Refresh the keys. If the key is still missing, the token is older than the operator's master keys or from another environment (integration, production)."
}

func (s *said) doChanged() string {
	return "Get the token again from whoever sent it: it was changed on the way, or made by another environment's operator."
}

func (s *said) doSiteKey() string {
	return "Refresh the keys. If the key is still missing, the site that owns the token doesn't share with you: ask it, or the administrator of UID2, to allow it."
}

func (s *said) doExpired() string {
	return "Nothing to do for a bidder. The publisher must refresh the identity before its token expires, and send the new token."
}

func (s *said) doOptedOut() string {
	return "Don't bid on this user, and don't keep the raw UID."
}

func (s *said) doName() string {
	if s.judge.query.Name == "" {
		return "Give the registrable domain of the page, without subdomain, or the id of the app."
	}
	return fmt.Sprintf("Pass the registrable domain without subdomain, or the app's id. If it was that, site %d must register it with the administrator of UID2.", s.verdict.SiteID)
}

func (s *said) doLifetime() string {
	if s.judge.sharing {
		return "Check this host's clock and your role. The sharer must make tokens with the lifetime that its operator gives."
	}
	return "Check this host's clock and your role: a token made for sharing lives longer than one in the bidstream may."
}
