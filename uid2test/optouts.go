package uid2test

import (
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// OptOut makes the user of a raw UID opt out at a time, in whole seconds, as with operators. From
// now on the user gets no tokens and no raw UIDs, and webhooks announce the opt-out. Repeated calls
// keep the later time. An opt-out can't be undone.
func (s *Server) OptOut(uid codec.RawUID, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uid, sinceMs := uid.Canonical(), at.Truncate(time.Second).UnixMilli()
	s.optedOut[uid] = max(s.optedOut[uid], sinceMs)
	for _, feed := range s.feeds {
		feed.add(uid, sinceMs)
	}
}

// OptOutUser is like OptOut, for the current raw UID of spec's user, in the version of spec or, by
// default, of the server. The user is opted out in all versions, although an opt-out announces only
// one raw UID.
func (s *Server) OptOutUser(spec TokenSpec, at time.Time) {
	s.OptOut(s.RawUID(spec), at)
}

func (s *Server) optOutSince(uid codec.RawUID) (sinceMs int64, optedOut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sinceMs, optedOut = s.optedOut[uid.Canonical()]
	return sinceMs, optedOut
}

// isOptedOut reports whether a user has opted out, under any of the user's current or former raw
// UIDs.
func (s *Server) isOptedOut(u user) bool {
	for rotations := range s.lastRotation().count + 1 {
		salts := newSalts(s.roots, rotations)
		for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
			if _, out := s.optOutSince(s.rawUIDAt(u, version, salts)); out {
				return true
			}
		}
	}
	return false
}

// How operators treat their test identities, whose emails and phones are public.
var (
	neverOptedOut     = testUsers("validate@example.com", "+12345678901")
	alwaysOptedOut    = testUsers("optout@example.com", "+00000000000")
	optedOutAtRefresh = testUsers("refresh-optout@example.com", "+00000000002")
)

func testUsers(email, phone string) map[user]bool {
	return map[user]bool{
		named(email, codec.TypeEmail): true,
		named(phone, codec.TypePhone): true,
	}
}

// mayHaveToken reports whether a user gets a token, or the next one.
func (s *Server) mayHaveToken(u user, refresh bool) bool {
	switch {
	case neverOptedOut[u]:
		return true
	case alwaysOptedOut[u], refresh && optedOutAtRefresh[u]:
		return false
	}
	return !s.isOptedOut(u)
}
