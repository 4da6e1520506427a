package dii

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
)

// Identities are masked in memory, as package fmt prints unexported fields without calling their
// methods. Within a process, an identity is always masked in the same way, so that identities can
// be compared.

// masked is a hash XORed with the mask that all of them share.
type masked [sha256.Size]byte

// secrets are the secrets of this process.
var secrets = newSecrets()

type processSecrets struct {
	hashMask [sha256.Size]byte
	text     [secretSize]byte
}

const (
	secretSize  = 16
	counterSize = 4
)

func newSecrets() (s processSecrets) {
	rand.Read(s.hashMask[:]) // never fails
	rand.Read(s.text[:])
	return s
}

func mask(hash [sha256.Size]byte) (m masked) {
	subtle.XORBytes(m[:], hash[:], secrets.hashMask[:])
	return m
}

func (m masked) unmask() [sha256.Size]byte { return [sha256.Size]byte(mask(m)) }

// maskText masks or unmasks a text, by XORing it with a stream derived from its hash and a secret.
// A single stream for all texts would not do: two texts XORed with each other are easily separated
// again.
func maskText(text string, hash [sha256.Size]byte) string {
	out := []byte(text)
	var block [secretSize + sha256.Size + counterSize]byte // one block of SHA-256
	copy(block[:], secrets.text[:])
	copy(block[secretSize:], hash[:])
	for at := 0; at < len(out); at += sha256.Size {
		binary.LittleEndian.PutUint32(block[secretSize+sha256.Size:], uint32(at))
		stream := sha256.Sum256(block[:])
		subtle.XORBytes(out[at:], out[at:], stream[:])
	}
	return string(out)
}
