package codec

// alone are the ciphers of one key.
type alone struct{ cipherSlots }

func newAlone(secret []byte) (alone, error) {
	slots := newCipherSlots(1)
	return alone{slots}, slots.prepare(0, secret)
}

func (a alone) openGCM(iv, sealed []byte) (plain []byte, ok bool) {
	return a.cipherSlots.openGCM(0, iv, sealed)
}

func (a alone) decryptCBC(iv, data []byte) { a.cipherSlots.decryptCBC(0, iv, data) }

func (a alone) standard() *standard { return a.at(0).standard() }
