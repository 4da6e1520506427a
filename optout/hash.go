package optout

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"

	"github.com/uid2rtb/uid2rtb/codec"
)

// hasher hashes raw UIDs in the form under which they are kept. It folds products of 128 bits with secrets in their factors, as
// wyhash does: enough for values that are hashes or ciphertexts themselves, and several times as fast as a hash for any bytes,
// which would want them copied.
type hasher struct {
	seed    uint64
	secrets [6]uint64 // that follow from the seed
}

// newHasher makes one with a new seed. What was kept with a hasher needs another one with its seed.
func newHasher() hasher {
	var random [8]byte
	rand.Read(random[:]) // it never fails
	return hasherOf(binary.LittleEndian.Uint64(random[:]))
}

// hasherOf makes the hasher of a seed. The secrets are the seed's sequence of SplitMix64.
func hasherOf(seed uint64) hasher {
	h := hasher{seed: seed}
	for i := range h.secrets {
		seed += 0x9E3779B97F4A7C15
		z := (seed ^ seed>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		h.secrets[i] = z ^ z>>31
	}
	return h
}

func (h *hasher) of(uid *codec.RawUID) uint64 {
	words := uid.CanonicalWords()
	a := fold(words[0]^h.secrets[0], words[1]^h.secrets[1])
	b := fold(words[2]^h.secrets[2], words[3]^h.secrets[3])
	return fold(a^words[4]^h.secrets[4], b^h.secrets[5])
}

// fold multiplies and adds, without carry, the two halves of the product.
func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}
