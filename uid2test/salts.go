package uid2test

import (
	"encoding/base64"
	"fmt"
	"time"
)

// salts turn a user's email or phone into raw UIDs. Operators replace the rotating salt about once
// a year.
type salts struct {
	firstLevel string
	rotating   string
	keyID      uint32 // 24 bits
	key        [32]byte
}

// newSalts returns the salts after this many rotations.
func newSalts(roots seed, rotations uint64) salts {
	first, rotating := roots.derive("first-level salt", 0), roots.derive("rotating salt", rotations)
	return salts{
		firstLevel: base64.StdEncoding.EncodeToString(first[:]),
		rotating:   base64.StdEncoding.EncodeToString(rotating[:]),
		keyID:      roots.below(1<<24, "salt key id"),
		key:        roots.derive("salt key", 0),
	}
}

// rotation is the number of salt rotations and the time of the last one.
type rotation struct {
	count uint64
	at    time.Time
}

const (
	// previousFor is how long after a rotation the previous raw UID is returned.
	previousFor = 90 * 24 * time.Hour
	// mapAgainAfter is how long answers of the identity map are valid.
	mapAgainAfter = 30 * 24 * time.Hour
)

// RotateSalts replaces the salts of all users, so their raw UIDs change, as they do about once a
// year. Existing tokens keep the raw UID that they contain.
func (s *Server) RotateSalts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rotation.count++
	s.rotation.at = s.config.now()
}

func (s *Server) lastRotation() rotation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rotation
}

func (s *Server) currentSalts() salts { return newSalts(s.roots, s.lastRotation().count) }

// buckets is the number of salt buckets.
const buckets = 1024

// bucket returns the id of a user's salt bucket.
func (s *Server) bucket(u user) string {
	return s.bucketID(int(u.hash[0])<<8 | int(u.hash[1]))
}

// bucketID returns an id that looks like those of operators.
func (s *Server) bucketID(number int) string {
	id := s.roots.derive("bucket", uint64(number%buckets))
	return fmt.Sprintf("a%s", base64.RawURLEncoding.EncodeToString(id[:7]))
}
