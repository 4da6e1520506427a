package optout

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"

	"github.com/uid2rtb/uid2rtb/codec"
)

// hasher hashes raw UIDs in their canonical form. Like wyhash, it folds 128-bit products of the
// input with secrets: that is enough for values that are hashes or ciphertexts themselves, and
// several times as fast as a general hash, which would require copying them.
type hasher struct {
	seed    uint64
	secrets [6]uint64 // derived from the seed
}

// newHasher returns one with a new seed. Hashes that are stored can be used only with a hasher of
// the same seed.
func newHasher() hasher {
	var random [8]byte
	rand.Read(random[:]) // never fails
	return hasherOf(binary.LittleEndian.Uint64(random[:]))
}

// hasherOf returns the hasher for a seed. Its secrets are the SplitMix64 sequence of the seed.
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
	a, b, c, d, rest := uid.CanonicalWords()
	first := fold(a^h.secrets[0], b^h.secrets[1])
	second := fold(c^h.secrets[2], d^h.secrets[3])
	return fold(first^rest^h.secrets[4], second^h.secrets[5])
}

// fold multiplies a and b, and XORs the two halves of the product.
func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}
