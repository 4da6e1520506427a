package uid2test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/uid2rtb/uid2rtb/codec"
)

// seed is what everything deterministic is derived from.
type seed struct {
	number uint64
	scope  codec.Scope
}

// derive returns 32 bytes that look random, and are determined by name and number.
func (s seed) derive(name string, number uint64) [sha256.Size]byte {
	key := append(binary.BigEndian.AppendUint64(nil, s.number), byte(s.scope))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name))
	mac.Write(binary.BigEndian.AppendUint64(nil, number))
	return [sha256.Size]byte(mac.Sum(nil))
}

// below returns a number below limit.
func (s seed) below(limit uint32, name string) uint32 {
	bytes := s.derive(name, 0)
	return binary.BigEndian.Uint32(bytes[:]) % limit
}
