//go:build (!amd64 && !arm64) || purego

package codec

import "unsafe"

// ciphers are the prepared ciphers of a key: the standard library's.
type ciphers standard

// newCiphers prepares the ciphers of a secret of KeySize bytes.
func newCiphers(secret []byte) (*ciphers, error) {
	s, err := newStandard(secret)
	return (*ciphers)(s), err
}

func (c *ciphers) standard() *standard { return (*standard)(c) }

// cipherSlots are the ciphers of a table's keys, by the slots of the table. It is an unsafe.Pointer
// for the reason that Key has.
type cipherSlots struct {
	all unsafe.Pointer // of [n]ciphers
}

func newCipherSlots(n int) cipherSlots {
	return cipherSlots{unsafe.Pointer(unsafe.SliceData(make([]ciphers, n)))}
}

func (s *cipherSlots) at(slot int) *ciphers {
	return (*ciphers)(unsafe.Add(s.all, uintptr(slot)*unsafe.Sizeof(ciphers{})))
}

// prepare sets a slot to the ciphers of a secret of KeySize bytes.
func (s *cipherSlots) prepare(slot int, secret []byte) error {
	c, err := newCiphers(secret)
	if err == nil {
		s.share(slot, c)
	}
	return err
}

// share sets a slot to a copy of ciphers.
func (s *cipherSlots) share(slot int, from *ciphers) { *s.at(slot) = *from }

func (s *cipherSlots) openGCM(slot int, iv, sealed []byte) (plain []byte, ok bool) {
	return s.at(slot).openGCM(iv, sealed)
}

func (s *cipherSlots) decryptCBC(slot int, iv, data []byte) {
	s.at(slot).decryptCBC(iv, data)
}

func (c *ciphers) openGCM(iv, sealed []byte) (plain []byte, ok bool) {
	return c.standard().openGCM(iv, sealed)
}

func (c *ciphers) decryptCBC(iv, data []byte) { c.standard().decryptCBC(iv, data) }
