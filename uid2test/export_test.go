package uid2test

import (
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// GoldenV4 makes a raw UID of version 4 with salts from elsewhere, which a Server derives from its seed.
func GoldenV4(salt string, keyID uint32, key [32]byte, metadata byte, dii string) codec.RawUID {
	s := salts{firstLevel: salt, rotating: salt, keyID: keyID, key: key}
	return s.rawUIDv4(metadata, named(dii, codec.TypeEmail))
}

// NormalEmail is what raw UIDs of an email are made of.
var NormalEmail = normalEmail

// NormalPhone reports whether raw UIDs can be made of a phone number.
var NormalPhone = normalPhone

// Now is what time the server has.
func Now(s *Server) time.Time { return s.config.now() }

// ReadTCF is what EUID operators make of a consent string of version 2.
func ReadTCF(text string) (consent, readable bool) {
	found := readTCF(text)
	return found == consentSufficient, found >= consentInsufficient
}
