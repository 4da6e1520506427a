package uid2test

import (
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// GoldenV4 makes a raw UID of version 4 with external salts, which a Server derives from its seed.
func GoldenV4(salt string, keyID uint32, key [32]byte, metadata byte, dii string) codec.RawUID {
	s := salts{firstLevel: salt, rotating: salt, keyID: keyID, key: key}
	return s.rawUIDv4(metadata, named(dii, codec.TypeEmail))
}

// NormalEmail returns what the raw UIDs of an email are made from.
var NormalEmail = normalEmail

// NormalPhone reports whether raw UIDs can be made of a phone number.
var NormalPhone = normalPhone

// Now returns the server's time.
func Now(s *Server) time.Time { return s.config.now() }

// ReadTCF evaluates a consent string of version 2 as EUID operators do.
func ReadTCF(text string) (consent, readable bool) {
	found := readTCF(text)
	return found == consentSufficient, found >= consentInsufficient
}
