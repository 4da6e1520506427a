package openrtb

// Source is the identity system that an eid's source names.
//
// It isn't codec.Scope, though both know the same two systems. The zero Source is an eid of
// somebody else, whose uids are never asked about; the zero Scope is one that isn't known, and in a
// bidstream.Query any will do. One type would make "none" of the one "any" of the other. Package
// bidder maps the one to the other, once, and this package opens no tokens.
type Source uint8

const (
	SourceOther Source = iota // neither UID2 nor EUID
	SourceUID2                // uidapi.com
	SourceEUID                // euid.eu
)

// String returns the source as it is written in eids, or "other".
func (s Source) String() string {
	switch s {
	case SourceUID2:
		return "uidapi.com"
	case SourceEUID:
		return "euid.eu"
	}
	return "other"
}

// SourceOf reads an eid's source, in any case of ASCII letters. It doesn't allocate.
func SourceOf[T ~string | ~[]byte](source T) Source {
	switch {
	case equalASCII(source, "uidapi.com"):
		return SourceUID2
	case equalASCII(source, "euid.eu"):
		return SourceEUID
	}
	return SourceOther
}

// equalASCII reports whether text is word, ignoring ASCII case; word must be in lower case.
func equalASCII[T ~string | ~[]byte](text T, word string) bool {
	if len(text) != len(word) {
		return false
	}
	for i := range len(word) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
