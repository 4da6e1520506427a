//go:build (amd64 || arm64) && !purego

package codec

import (
	"sync/atomic"
	"unsafe"

	"github.com/uid2rtb/uid2rtb/internal/hugepage"
)

//go:generate env GOWORK=off go -C ../internal/asm run .

// ciphers are the prepared ciphers of a key: those for opening tokens at once, the standard
// library's when they are asked for, which a bidder never does.
//
// # Why there is assembly beside crypto/aes
//
// The standard library's ciphers are made for long messages. A layer of a token has 5 to 10
// blocks: there the mask of the tag, the counters and the hash wait for one another. Here all
// blocks of a layer go through the processor together, which takes a third of the time or less
// (BenchmarkLayers, on amd64), and a bidder opens tokens all day. It is AES-256-GCM with an IV
// of 96 bits, a tag of 128 and no additional data, and AES-256-CBC, both in place. internal/asm
// generates it, for amd64 and arm64, for each number of blocks that layers have: see the lists
// in its sizes.go. All else is the standard library's, and so is everything in its FIPS 140
// mode, on other processors, and in a build with the tag purego.
//
// # What it must never be used for
//
//   - Sealing. There is no code for it, and none is to be added: fresh IVs and the limits of a key
//     are for crypto/cipher, which seals here.
//   - Additional data, shorter tags, IVs of other sizes, messages in parts: it has no place for
//     them.
//   - Lengths that are secrets: the number of blocks chooses the code.
//   - CBC of anything else than version 2 and legacy data. Nothing authenticates it, and who calls
//     it must not tell a wrong padding from other faults: see v2.go.
//   - What a validated module is required for.
//
// # Constant time
//
// Ciphertext, IV and length are known to whoever sent the token, and the answer says whether the
// tag was right. Everything else is a secret: round keys, powers of the hash key, key stream,
// the right tag, plaintext. Secrets are in vector registers and in vectorCiphers only; none
// comes into a general register, and so into an address or a shift. The one branch on what was
// made of secrets is on whether the tag is right, and compares all of it at once (VPXOR, VPTEST;
// on arm64, where no branch looks at a vector, VCMTST first makes each bit the answer). There are
// no tables: AES and the carry-less product are instructions, the rest are XOR, AND, and shifts and
// shuffles by constants. Intel lists them as taking a time that doesn't depend on their
// operands; Arm does, too, for processors in their mode of data-independent timing, which Go's
// own AES leaves to GODEBUG=dataindependenttiming=1, for whole programs. As in crypto/aes, keys
// and registers aren't wiped.
//
// # A wrong tag
//
// The hash goes over the ciphertext as it came, and is compared before the first byte of data is
// written: if the tag is wrong, data is as it was. (crypto/cipher clears it.) Else plaintext is
// written up to the end of the last block, so over up to 15 bytes of the tag, and nothing behind
// it.
//
// # What holds it
//
// Each test runs with every way of opening that the processor has (onEachPath).
//
//   - FuzzCiphers: every size does what the standard library does, also with a bit of ciphertext or
//     tag changed.
//   - TestEveryBitOfALayer: with any one bit of IV, ciphertext or tag changed, nothing opens, and
//     no byte changes.
//   - TestWycheproofGCM, TestWycheproofCBC: its vectors, also lengthened to layers of each size.
//   - TestCiphersBetweenUnmappedPages, TestKeysBetweenUnmappedPages: nothing is read or written
//     outside of what it is given, in all lengths up to 600, with everything at both ends of a
//     page.
//   - FuzzOpen, FuzzOpenLayers and the golden tokens: whole tokens, against a plain reading.
//   - internal/asm: code for any other number of blocks passes the same tests; and what is
//     committed is what is generated.
//
// On arm64 all of that runs in an emulator: .ci/run arm64.
type ciphers struct {
	vector *vectorCiphers
	others atomic.Pointer[standard]
}

// newCiphers prepares the ciphers of a secret of KeySize bytes.
func newCiphers(secret []byte) (*ciphers, error) {
	one := newCipherSlots(1)
	return one.at(0), one.prepare(0, secret)
}

// cipherSlots are the ciphers of a table's keys, by the slots of the table. Its pointers are
// unsafe.Pointers for the reason that Key has. Those to what the assembly reads are in memory
// without pointers, which the garbage collector passes over.
type cipherSlots struct {
	vectors unsafe.Pointer // of [n]vectorSlot
	all     unsafe.Pointer // of [n]ciphers
}

// vectorSlot fills whole lines of the cache.
type vectorSlot struct {
	vectorCiphers
	_ [(64 - unsafe.Sizeof(vectorCiphers{})%64) % 64]byte
}

func newCipherSlots(n int) cipherSlots {
	slots := cipherSlots{all: unsafe.Pointer(unsafe.SliceData(make([]ciphers, n)))}
	if hasVectorAES {
		vectors := make([]vectorSlot, n)
		hugepage.Advise(vectors)
		slots.vectors = unsafe.Pointer(unsafe.SliceData(vectors))
	}
	return slots
}

func (s *cipherSlots) at(slot int) *ciphers {
	return (*ciphers)(unsafe.Add(s.all, uintptr(slot)*unsafe.Sizeof(ciphers{})))
}

// vector returns nil where the assembly isn't used.
func (s *cipherSlots) vector(slot int) *vectorCiphers {
	if s.vectors == nil {
		return nil // and no pointer to nowhere, which the runtime may find
	}
	return (*vectorCiphers)(unsafe.Add(s.vectors, uintptr(slot)*unsafe.Sizeof(vectorSlot{})))
}

// prepare sets a slot to the ciphers of a secret of KeySize bytes.
func (s *cipherSlots) prepare(slot int, secret []byte) error {
	c := s.at(slot)
	if c.vector = s.vector(slot); c.vector != nil {
		c.others.Store(nil)
		expand(c.vector, (*[KeySize]byte)(secret))
		return nil
	}
	standard, err := newStandard(secret)
	c.others.Store(standard)
	return err
}

// share sets a slot to a copy of ciphers.
func (s *cipherSlots) share(slot int, from *ciphers) {
	c := s.at(slot)
	c.others.Store(from.others.Load())
	if c.vector = s.vector(slot); c.vector != nil {
		*c.vector = *from.vector
	}
}

func (s *cipherSlots) openGCM(slot int, iv, sealed []byte) (plain []byte, ok bool) {
	return s.at(slot).openWith(s.vector(slot), iv, sealed)
}

func (s *cipherSlots) decryptCBC(slot int, iv, data []byte) {
	s.at(slot).decryptWith(s.vector(slot), iv, data)
}

func (c *ciphers) openGCM(iv, sealed []byte) (plain []byte, ok bool) {
	return c.openWith(c.vector, iv, sealed)
}

func (c *ciphers) decryptCBC(iv, data []byte) { c.decryptWith(c.vector, iv, data) }

// openWith opens with c.vector, which needn't be read from c where it is known.
func (c *ciphers) openWith(vector *vectorCiphers, iv, sealed []byte) (plain []byte, ok bool) {
	if n := len(sealed) - tagSize; hasVectorAES {
		if ok, known := vector.open((*[ivSize]byte)(iv), unsafe.SliceData(sealed), n); known {
			return sealed[:n], ok
		}
	}
	return c.standard().openGCM(iv, sealed)
}

// decryptWith is like openWith.
func (c *ciphers) decryptWith(vector *vectorCiphers, iv, data []byte) {
	if hasVectorAES && vector.chain((*[blockSize]byte)(iv), unsafe.SliceData(data), len(data)) {
		return
	}
	c.standard().decryptCBC(iv, data)
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
