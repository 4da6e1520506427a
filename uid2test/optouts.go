package uid2test

import (
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// OptOut says that the user of a raw UID opts out at a time, which counts in whole seconds, as operators do. From now on
// they get no tokens and no raw UIDs, and webhooks announce it. Saying so again keeps the later time. There is no way back.
func (s *Server) OptOut(uid codec.RawUID, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uid, sinceMs := uid.Canonical(), at.Truncate(time.Second).UnixMilli()
	s.optedOut[uid] = max(s.optedOut[uid], sinceMs)
	for _, feed := range s.feeds {
		feed.add(uid, sinceMs)
	}
}

// OptOutUser is OptOut for the raw UID that spec's user has now, in the version that spec or else the server has. The user
// is opted out whatever the version, though an opt-out names one raw UID only.
func (s *Server) OptOutUser(spec TokenSpec, at time.Time) {
	s.OptOut(s.RawUID(spec), at)
}

func (s *Server) optOutSince(uid codec.RawUID) (sinceMs int64, optedOut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sinceMs, optedOut = s.optedOut[uid.Canonical()]
	return sinceMs, optedOut
}

// isOptedOut reports whether a user opted out, by any of the raw UIDs that it has or had.
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

// What operators do with the identities that they have for tests, of which everybody knows the emails and phones.
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
