package sidecar

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
)

// bearer is what a client must know.
type bearer struct {
	needed bool
	hash   [sha256.Size]byte
}

func newBearer(token string) bearer {
	return bearer{token != "", sha256.Sum256([]byte(token))}
}

// sentIn reports whether the header Authorization has the token, in a time that doesn't depend on
// how much of it is right.
func (b *bearer) sentIn(header []byte) bool {
	if !b.needed {
		return true
	}
	const scheme = "Bearer "
	if len(header) < len(scheme) || !bytes.EqualFold(header[:len(scheme)], []byte(scheme)) {
		return false
	}
	hash := sha256.Sum256(header[len(scheme):])
	return subtle.ConstantTimeCompare(hash[:], b.hash[:]) == 1
}
