package inspect

import (
	"fmt"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// tried returns the keys that checks 1 and 2 were about.
func (s *said) tried() *keyset.Snapshot {
	return s.judge.chosen(s.outside.Scope, s.outside.MasterKeyID)
}

func (s *said) loaded() string {
	return fmt.Sprintf("%d %v keys", s.tried().Len(), s.tried().Scope())
}

func (s *said) notLoaded() string { return "no keys have been loaded yet" }

func (s *said) synced() string {
	return "the last key expires " + distance(s.tried().LatestExpiryMs(), s.judge.query.NowMs)
}

func (s *said) notSynced() string {
	if s.tried().Len() == 0 {
		return "the operator's answer had no keys"
	}
	return "all keys have expired, the last one " + s.at(s.tried().LatestExpiryMs())
}

func (s *said) length() string { return fmt.Sprintf("%d characters", len(s.text)) }

func (s *said) badCharacter() string {
	if s.decoded.bad < 0 {
		return "the equals signs come too early"
	}
	return fmt.Sprintf("character %d is %q, which isn't base64", s.decoded.bad+1, s.decoded.badRune)
}

func (s *said) version() string { return fmt.Sprintf("version %d", s.opened.version) }

func (s *said) noVersion() string {
	return fmt.Sprintf("it begins with the bytes %x, and no token of version 2, 3 or 4 does", s.decoded.bytes[:min(2, len(s.decoded.bytes))])
}

func (s *said) size() string { return fmt.Sprintf("%d bytes", len(s.decoded.bytes)) }

// notWhole says what is wrong with a text that begins as a token does.
func (s *said) notWhole() string {
	size := len(s.decoded.bytes)
	switch {
	case len(s.text) > codec.MaxTokenText:
		return fmt.Sprintf("%d characters are more than any token has (%d)", len(s.text), codec.MaxTokenText)
	case s.decoded.bad >= 0:
		return s.badCharacter()
	case s.decoded.single:
		return fmt.Sprintf("%d characters can't be base64: one is missing, or one too many", len(s.text))
	case size < smallest(s.opened.version):
		return fmt.Sprintf("it has %d bytes, and version %d has %s: it is cut off in %s", size, s.opened.version, sizes(s.opened.version), s.lastField())
	}
	return fmt.Sprintf("it has %d bytes, and version %d has %s", size, s.opened.version, sizes(s.opened.version))
}

func smallest(version codec.Version) int {
	if version == codec.V2 {
		return sizeV2
	}
	return minSizeV4
}

// sizes says how long tokens of a version are.
func sizes(version codec.Version) string {
	if version == codec.V2 {
		return fmt.Sprint(sizeV2)
	}
	return fmt.Sprintf("%d or %d", minSizeV4, maxSizeV4)
}

// lastField names the field in which a token ends.
func (s *said) lastField() string {
	fields := s.opened.layers[0].Fields
	return "the " + fields[len(fields)-1].Name
}

func (s *said) scope() string {
	if s.opened.scope == 0 {
		return "version 2 says none"
	}
	return s.opened.scope.String()
}

func (s *said) otherScope() string {
	token, place := s.outside.Scope, s.judge.query.Scope
	switch {
	case place != 0 && token != 0 && token != place:
		return fmt.Sprintf("it is a token of %v in a place of %v", token, place)
	case place != 0:
		return fmt.Sprintf("its place is of %v, and the keys that are held are of %v", place, s.tried().Scope())
	}
	return fmt.Sprintf("it is a token of %v, and the keys that are held are of %v", token, s.tried().Scope())
}

func (s *said) masterKey() string { return fmt.Sprintf("key %d", s.opened.masterKeyID) }

func (s *said) noMasterKey() string {
	return fmt.Sprintf("key %d isn't among the %d %v keys that are held", s.outside.MasterKeyID, s.tried().Len(), s.tried().Scope())
}

// masterShut and siteShut repeat what is said of the layer.
func (s *said) masterShut() string {
	if size := len(s.decoded.bytes); !possibleSize(s.opened.version, size) {
		return fmt.Sprintf("it has %d bytes, and version %d has %s", size, s.opened.version, sizes(s.opened.version))
	}
	return s.shut(layerMaster)
}

func (s *said) siteShut() string { return s.shut(layerSite) }

func (s *said) shut(name string) string {
	for _, layer := range s.opened.layers {
		if layer.Name != name || layer.Opened {
			continue
		}
		return "of the " + name + ": " + layer.Why
	}
	for _, layer := range s.opened.layers {
		for _, field := range layer.Fields {
			if field.Damaged {
				return fmt.Sprintf("the %s of the %s is impossible: %s", field.Name, layer.Name, field.Meaning)
			}
		}
	}
	return "what it holds is impossible"
}

func (s *said) siteKey() string { return fmt.Sprintf("key %d", s.opened.siteKeyID) }

func (s *said) noSiteKey() string {
	return fmt.Sprintf("key %d isn't among the %d %v keys that are held", s.opened.siteKeyID, s.opened.keys.Len(), s.opened.keys.Scope())
}

func (s *said) expiry() string {
	if s.verdict.Status == codec.ExpiredToken {
		return "it expired " + s.at(s.verdict.ExpiresMs)
	}
	return "it expires " + s.at(s.verdict.ExpiresMs)
}

func (s *said) optedOutBit() string {
	return fmt.Sprintf("its privacy bits (%d) say that the user had opted out before", uint32(s.verdict.PrivacyBits))
}

func (s *said) nameAllowed() string {
	switch {
	case !s.verdict.PrivacyBits.ClientSideGenerated():
		return "it was generated on a server, so any name will do"
	case s.judge.sharing:
		return "between sharers no name is asked for"
	}
	return fmt.Sprintf("site %d has registered %s", s.verdict.SiteID, quotedName(s.judge.query.Name))
}

func (s *said) nameRefused() string {
	if s.judge.query.Name == "" {
		return fmt.Sprintf("it was generated in a browser or an app for site %d, and there is no domain or app name to check", s.verdict.SiteID)
	}
	return fmt.Sprintf("it was generated in a browser or an app, and site %d hasn't registered %s", s.verdict.SiteID, quotedName(s.judge.query.Name))
}

// longestName is how much of a name is repeated.
const longestName = 100

func quotedName(name string) string {
	if len(name) > longestName {
		return fmt.Sprintf("a name of %d characters", len(name))
	}
	return fmt.Sprintf("%q", name)
}

// limit returns the longest lifetime that is allowed, in words.
func (s *said) limit() string {
	longest, limited := s.tried().MaxBidstreamLifetimeMs()
	if s.judge.sharing {
		longest, limited = s.tried().MaxSharingLifetimeMs()
	}
	if !limited {
		return "any"
	}
	return duration(uint64(longest))
}

// life returns what counts as the lifetime: of version 2, which doesn't say when it was generated,
// the rest of it.
func (s *said) life() (from int64, what string) {
	if s.verdict.Version == codec.V2 {
		return s.judge.query.NowMs, "it has left"
	}
	return s.verdict.GeneratedMs, "it lives"
}

func (s *said) lifetime() string {
	from, what := s.life()
	if s.verdict.ExpiresMs < from {
		return "it expires before it was generated"
	}
	return fmt.Sprintf("%s %s, allowed is %s", what, duration(apart(s.verdict.ExpiresMs, from)), s.limit())
}

func (s *said) lifetimeRefused() string {
	from, _ := s.life()
	if nowMs := s.judge.query.NowMs; from > nowMs && apart(from, nowMs) > uint64(s.tried().ClockSkewMs()) {
		return fmt.Sprintf("it was generated in the future: %s, and clocks may differ by %s", s.at(from), duration(uint64(s.tried().ClockSkewMs())))
	}
	return s.lifetime()
}

func (s *said) notOptedOut() string { return "the user isn't among those who opted out" }

func (s *said) optedOut() string {
	if s.verdict.OptOut.SinceMs == 0 {
		return "the user has opted out"
	}
	return "the user opted out " + s.at(s.verdict.OptOut.SinceMs)
}

// notKnown says why nobody can tell, and what to do so that somebody can.
func (s *said) notKnown(number int) (why, do string) {
	switch {
	case len(s.judge.keys) == 0:
		return "no keys are given here", "To see inside, and whether the token may be used, give the operator's keys."
	case number == checkOptOut && s.judge.optOuts == nil:
		return "no opt-outs are known here", ""
	}
	return "the opt-outs aren't synchronized, so whether the user has opted out isn't known",
		"Wait until the opt-outs are synchronized; until then the raw UID is withheld."
}

// at writes a time as a distance and by the clock.
func (s *said) at(ms int64) string {
	return fmt.Sprintf("%s, at %s", distance(ms, s.judge.query.NowMs), clock(ms))
}
