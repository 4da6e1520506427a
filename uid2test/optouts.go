package uid2test

import (
	"crypto/sha256"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// OptOut says that the user of a raw UID opts out at a time, which counts in whole seconds, as operators do. From now on
// they get no tokens and no raw UIDs. Saying so again keeps the later time. There is no way back.
func (s *Server) OptOut(uid codec.RawUID, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uid = uid.Canonical()
	s.optedOut[uid] = max(s.optedOut[uid], at.Truncate(time.Second).UnixMilli())
}

// OptOutUser is OptOut for all raw UIDs that spec's user has now: those of versions 2, 3 and 4. It panics if spec names no
// user.
func (s *Server) OptOutUser(spec TokenSpec, at time.Time) {
	u, ok := spec.user()
	if !ok {
		s.OptOut(spec.UID, at)
		return
	}
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		s.OptOut(s.rawUID(u, version), at)
	}
}

func (s *Server) optOutSince(uid codec.RawUID) (sinceMs int64, optedOut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sinceMs, optedOut = s.optedOut[uid.Canonical()]
	return sinceMs, optedOut
}

// isOptedOut tells whether a user opted out, by any of the raw UIDs that it has now.
func (s *Server) isOptedOut(u user) bool {
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		if _, out := s.optOutSince(s.rawUID(u, version)); out {
			return true
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
		{sha256.Sum256([]byte(email)), codec.TypeEmail}: true,
		{sha256.Sum256([]byte(phone)), codec.TypePhone}: true,
	}
}

// mayHaveToken tells whether a user gets a token, or the next one.
func (s *Server) mayHaveToken(u user, refresh bool) bool {
	switch {
	case neverOptedOut[u]:
		return true
	case alwaysOptedOut[u], refresh && optedOutAtRefresh[u]:
		return false
	}
	return !s.isOptedOut(u)
}
