package uid2test

import (
	"encoding/base64"
	"fmt"
	"time"
)

// salts are what turns a user's email or phone into raw UIDs. Operators replace the rotating one about each year.
type salts struct {
	firstLevel string
	rotating   string
	keyID      uint32 // 24 bits
	key        [32]byte
}

// newSalts makes the salts after so many rotations.
func newSalts(roots seed, rotations uint64) salts {
	first, rotating := roots.derive("first-level salt", 0), roots.derive("rotating salt", rotations)
	return salts{
		firstLevel: base64.StdEncoding.EncodeToString(first[:]),
		rotating:   base64.StdEncoding.EncodeToString(rotating[:]),
		keyID:      roots.below(1<<24, "salt key id"),
		key:        roots.derive("salt key", 0),
	}
}

// rotation is how often the salts were replaced, and when last.
type rotation struct {
	count uint64
	at    time.Time
}

const (
	// previousFor is how long after a rotation the raw UID before it is told.
	previousFor = 90 * 24 * time.Hour
	// mapAgainAfter is how long answers of the identity map are good for.
	mapAgainAfter = 30 * 24 * time.Hour
)

// RotateSalts replaces the salts of all users: their raw UIDs change, as they do about once a year. Tokens made before keep
// the raw UID that they hold.
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

// buckets is how many buckets of salts there are.
const buckets = 1024

// bucket is the id of a user's bucket of salts.
func (s *Server) bucket(u user) string {
	return s.bucketID(int(u.hash[0])<<8 | int(u.hash[1]))
}

// bucketID looks like those of operators.
func (s *Server) bucketID(number int) string {
	id := s.roots.derive("bucket", uint64(number%buckets))
	return fmt.Sprintf("a%s", base64.RawURLEncoding.EncodeToString(id[:7]))
}
