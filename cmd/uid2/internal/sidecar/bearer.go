package sidecar

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"sync/atomic"
)

// bearers are tokens of which a client must know one.
type bearers struct {
	hashes atomic.Pointer[[][sha256.Size]byte] // none: everybody may come
}

func (b *bearers) set(tokens []string) {
	hashes := make([][sha256.Size]byte, len(tokens))
	for i, token := range tokens {
		hashes[i] = sha256.Sum256([]byte(token))
	}
	b.hashes.Store(&hashes)
}

// sentIn reports whether the header Authorization has one of the tokens, in a time that doesn't
// depend on how much of it is right.
func (b *bearers) sentIn(header []byte) bool {
	hashes := *b.hashes.Load()
	if len(hashes) == 0 {
		return true
	}
	const scheme = "Bearer "
	if len(header) < len(scheme) || !bytes.EqualFold(header[:len(scheme)], []byte(scheme)) {
		return false
	}
	sent, found := sha256.Sum256(header[len(scheme):]), 0
	for i := range hashes {
		found |= subtle.ConstantTimeCompare(sent[:], hashes[i][:])
	}
	return found == 1
}
