//go:build !amd64 || purego

package codec

// ciphers are the prepared ciphers of a key: the standard library's.
type ciphers standard

// newCiphers prepares the ciphers of a secret of KeySize bytes.
func newCiphers(secret []byte) (*ciphers, error) {
	s, err := newStandard(secret)
	return (*ciphers)(s), err
}

func (c *ciphers) standard() *standard { return (*standard)(c) }

func (c *ciphers) openGCM(iv, sealed []byte) (plain []byte, ok bool) {
	return c.standard().openGCM(iv, sealed)
}

func (c *ciphers) decryptCBC(iv, data []byte) { c.standard().decryptCBC(iv, data) }
