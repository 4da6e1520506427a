package main

import "fmt"

// The registers of the functions on ciphers for arm64.
const (
	keyPointer  gp = "R0"
	ivPointer   gp = "R1"
	dataPointer gp = "R2"
	sizeNumber  gp = "R3"
	maskPointer gp = "R4"
	scratch     gp = "R5"
)

// Blocks are in the first 16 registers.
const (
	firstState    vec = 0
	manyStates        = 16
	firstKey      vec = 16 // and the next one's
	lowSum        vec = 18 // with the next two the sum of products that is the hash
	middleSum     vec = 19
	highSum       vec = 20
	firstHashed   vec = 21 // and another block
	firstPower    vec = 23 // and the one below it
	turnedPower   vec = 25 // halves the other way round
	productSum    vec = 26
	polynomial    vec = 27
	zeros         vec = 28
	ivBlock       vec = 29
	lastKey       vec = 30
	maskBlock     vec = 31
	polynomialLow     = 0x87 // x^7+x^2+x+1, which x^128 is
)

// neonCiphers is the assembly of the ciphers for arm64.
//
// A block of the hash has the order of the instructions once the bits of each byte are turned round:
// then a carry-less product is just the product.
type neonCiphers struct {
	*neon
	layout layout
}

// ciphersNEON writes the ciphers of package codec for arm64.
func (s sizes) ciphersNEON(root string) ([]file, error) {
	name := sizesName("arm64")
	declarations, err := s.declarations(false)
	if err != nil {
		return nil, err
	}
	a, err := newNEON(root, "codec/ciphers_arm64.s", map[string][]byte{name: declarations})
	if err != nil {
		return nil, err
	}
	f := &neonCiphers{a, s.layout(a.pkg)}
	ones := ^uint64(0)
	f.constant("rotated", 0x0c0f0e0d0c0f0e0d, 0x0c0f0e0d0c0f0e0d) // the last word of a key, its bytes rotated, in each word
	f.constant("window", ones, ones, 0, 0)                        // a part is the last block's mask
	f.constant("counters", f.layout.counters()...)
	f.expand()
	for _, blocks := range s.GCM {
		f.open(blocks)
	}
	for _, blocks := range s.CBC {
		f.chain(blocks)
	}
	return append(f.file(), file{"codec/" + name, declarations}), nil
}

// round writes a round on blocks but for its key, which belongs to the next one: it takes the key of
// the round before. The last round mixes nothing.
func (f *neonCiphers) round(number int, step, mix string, key vec, blocks []vec) {
	for _, b := range blocks {
		f.bytewise(step, key, b)
		if number < rounds {
			f.bytewise(mix, b, b)
		}
	}
}

// keysFrom loads the keys of two rounds, the first of which is even, when it is the first one's turn,
// and returns that of a round.
func (f *neonCiphers) keysFrom(round int, at func(round int) int) vec {
	if round%2 == 0 {
		f.load(keyPointer, at(round), from(firstKey, 2)...)
	}
	return firstKey + vec(round%2)
}

func (f *neonCiphers) beginCipher(name string, blocks int) {
	f.implement(fmt.Sprintf("%s%d", name, blocks))
	f.parameter("v", keyPointer)
	f.parameter("iv", ivPointer)
	f.parameter("data", dataPointer)
}
