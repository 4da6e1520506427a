//go:build !purego

package codec

import (
	"crypto/fips140"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// ciphers are the prepared ciphers of a key: those for opening tokens at once, the standard library's when they are asked
// for, which a bidder never does.
//
// The layers of a token are too short for the standard library: it has the mask of the tag, the counters and the hash wait
// for one another. Here all blocks go through the processor together, which takes a third of the time. It serves for nothing but
// opening, and only for the sizes that tokens have; everything else is the standard library's, and so is all in its FIPS 140
// mode, on other processors, and in a build with the tag purego. That is also what this is fuzzed against.
type ciphers struct {
	vector vectorCiphers
	others atomic.Pointer[standard]
}

var (
	hasVectorAES = hasAVX2 && cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ && !fips140.Enabled()
	hasWideAES   = hasVectorAES && featuresOfLeaf7()&wideFeatures == wideFeatures // two blocks at a time
)

// wideFeatures are the bits of VAES and VPCLMULQDQ. Package cpu tells of them only together with AVX-512, which nothing here
// needs: the code has the encoding of AVX2, whose flag says already that the system keeps the registers. Many processors have
// these two and no AVX-512.
const wideFeatures = 1<<9 | 1<<10

// featuresOfLeaf7 returns what CPUID says in ECX for leaf 7, subleaf 0. The processor must have that leaf, as all with AVX2 do.
//
//go:noescape
func featuresOfLeaf7() uint32

// newCiphers prepares the ciphers of a secret of KeySize bytes.
func newCiphers(secret []byte) (*ciphers, error) {
	c := new(ciphers)
	if hasVectorAES {
		expand(&c.vector, (*[KeySize]byte)(secret))
		return c, nil
	}
	s, err := newStandard(secret)
	c.others.Store(s)
	return c, err
}

// standard returns the standard library's ciphers.
func (c *ciphers) standard() *standard {
	if s := c.others.Load(); s != nil {
		return s
	}
	secret := append(c.vector.encryption[0][:], c.vector.encryption[1][:]...)
	s, err := newStandard(secret)
	if err != nil {
		panic("codec: " + err.Error()) // the size is right, and FIPS 140 mode doesn't get here
	}
	c.others.Store(s)
	return s
}

func (c *ciphers) openGCM(iv, sealed []byte) (plain []byte, ok bool) {
	if n := len(sealed) - tagSize; hasVectorAES {
		if ok, known := c.vector.open((*[ivSize]byte)(iv), unsafe.SliceData(sealed), n); known {
			return sealed[:n], ok
		}
	}
	return c.standard().openGCM(iv, sealed)
}

func (c *ciphers) decryptCBC(iv, data []byte) {
	if hasVectorAES && c.vector.chain((*[blockSize]byte)(iv), unsafe.SliceData(data), len(data)) {
		return
	}
	c.standard().decryptCBC(iv, data)
}
