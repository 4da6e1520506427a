package codec

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// FuzzCiphers: what opens the layers of tokens does what the standard library does, in every size, also with a wrong tag.
func FuzzCiphers(f *testing.F) {
	f.Log("by", paths())
	f.Add(make([]byte, KeySize), make([]byte, blockSize), []byte(nil), uint16(0))
	f.Add(bytes.Repeat([]byte{0xFF}, KeySize), bytes.Repeat([]byte{0xFF}, blockSize), bytes.Repeat([]byte{0xFF}, 200), uint16(1))
	for size := range 201 {
		random := rand.NewChaCha8([32]byte{byte(size)})
		secret, iv, plain := make([]byte, KeySize), make([]byte, blockSize), make([]byte, size)
		random.Read(secret)
		random.Read(iv)
		random.Read(plain)
		f.Add(secret, iv, plain, uint16(random.Uint64()))
	}
	f.Fuzz(func(t *testing.T, secret, iv, plain []byte, flip uint16) {
		if len(secret) != KeySize || len(iv) != blockSize || len(plain) > 600 {
			return
		}
		onEachPath(func() { checkCiphers(t, secret, iv, plain, flip) })
	})
}

// checkCiphers holds the ciphers of a secret against the standard library's.
func checkCiphers(t *testing.T, secret, iv, plain []byte, flip uint16) {
	t.Helper()
	c, err := newCiphers(secret)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newStandard(secret)
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.gcm.Seal(nil, iv[:ivSize], plain, nil)
	behind := append(bytes.Clone(sealed), "behind"...)
	if got, ok := c.openGCM(iv[:ivSize], behind[:len(sealed)]); !ok || !bytes.Equal(got, plain) || string(behind[len(sealed):]) != "behind" {
		t.Fatalf("%d bytes: %v, %x, want %x", len(plain), ok, got, plain)
	}
	wrong := bytes.Clone(sealed)
	wrong[int(flip>>3)%len(wrong)] ^= 1 << (flip & 7)
	if _, ok := c.openGCM(iv[:ivSize], wrong); ok {
		t.Fatalf("%d bytes open with bit %d changed", len(plain), flip)
	}
	for size := blockSize; size <= len(plain); size += blockSize {
		got, want := bytes.Clone(plain), bytes.Clone(plain)
		c.decryptCBC(iv, got[:size])
		s.decryptCBC(iv, want[:size])
		if !bytes.Equal(got, want) {
			t.Fatalf("%d bytes in blocks: %x, want %x", size, got, want)
		}
	}
}

// TestEveryBitOfALayer changes each bit of a layer, its tag and its IV in turn: none may open. The
// standard library clears what doesn't open; ours leaves it as it was.
func TestEveryBitOfALayer(t *testing.T) {
	t.Log("by", paths())
	onEachPath(func() { checkEveryBit(t) })
}

func checkEveryBit(t *testing.T) {
	t.Helper()
	for _, size := range []int{68, 69, 80, 84, 85, 96, 129, 130, 144, 145, 146, 160} {
		secret, iv, plain := bytes.Repeat([]byte{7}, KeySize), bytes.Repeat([]byte{3}, ivSize), bytes.Repeat([]byte("plaintext"), 20)[:size]
		c, err := newCiphers(secret)
		if err != nil {
			t.Fatal(err)
		}
		sealed := c.standard().gcm.Seal(nil, iv, plain, nil)
		all, cleared := append(bytes.Clone(iv), sealed...), make([]byte, size)
		for bit := range 8 * len(all) {
			changed := bytes.Clone(all)
			changed[bit/8] ^= 1 << (bit % 8)
			before := bytes.Clone(changed)
			if _, ok := c.openGCM(changed[:ivSize], changed[ivSize:]); ok {
				t.Fatalf("%d bytes open with bit %d changed", size, bit)
			}
			if bytes.Equal(changed, before) {
				continue
			}
			if usesVectors() || !bytes.Equal(changed[ivSize:ivSize+size], cleared) {
				t.Fatalf("%d bytes, bit %d changed: something was written", size, bit)
			}
		}
	}
}
