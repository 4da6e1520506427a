package main

// The registers of expand: the keys of two rounds, and what makes the next.
const (
	evenKey     vec = 0
	oddKey      vec = 1
	substituted vec = 2
	moved       vec = 3
	rotation    vec = 4
	constant    vec = 5 // of the next even round, in each word
)

// expand writes for arm64 what schedule.go writes for amd64.
func (f *neonCiphers) expand() {
	f.implement("expand")
	f.parameter("v", keyPointer)
	f.parameter("secret", ivPointer)
	f.address("rotated", scratch)
	f.load(scratch, 0, rotation)
	f.op("MOVD", immediate(1), string(scratch))
	f.op("VDUP", string(scratch), constant.as("S4"))
	f.loadPolynomial()

	f.load(ivPointer, 0, evenKey, oddKey)
	f.store(keyPointer, f.layout.encryption(0), evenKey, oddKey)
	for round := 2; round <= rounds; round++ {
		f.comment("Round %d.", round)
		f.expandRound(round)
	}
	f.comment("For decryption.")
	for round := 1; round < rounds; round++ {
		f.load(keyPointer, f.layout.encryption(rounds-round), firstKey)
		f.bytewise("AESIMC", firstKey, firstKey)
		f.store(keyPointer, f.layout.decryption(round), firstKey)
	}
	f.hashKey()
	f.hashPowers()
	f.op("RET")
}

// expandRound makes the key of a round from the two before it: the sums of the words of one so far,
// and a word of the other, substituted. AESE substitutes; with the same word four times, its shift of
// rows changes nothing.
func (f *neonCiphers) expandRound(round int) {
	even := round%2 == 0
	key, other := oddKey, evenKey
	if even {
		key, other = evenKey, oddKey
		f.op("VTBL", rotation.as("B16"), list([]vec{other}, "B16"), substituted.as("B16"))
	} else {
		f.op("VDUP", other.as("S[3]"), substituted.as("S4"))
	}
	f.bytewise("AESE", zeros, substituted)
	if even {
		f.xor(constant, substituted)
		f.op("VSHL", immediate(1), constant.as("S4"), constant.as("S4"))
	}
	for _, bytes := range []int{4, 8} {
		f.shifted(bytes, zeros, key, moved)
		f.xor(moved, key)
	}
	f.xor(substituted, key)
	f.store(keyPointer, f.layout.encryption(round), key)
}

// hashKey writes the first power: a block of zeros, encrypted.
func (f *neonCiphers) hashKey() {
	f.comment("The hash key is a block of zeros, encrypted.")
	h := firstHashed
	f.zero(h)
	for number := 1; number <= rounds; number++ {
		f.round(number, "AESE", "AESMC", f.keysFrom(number-1, f.layout.encryption), []vec{h})
	}
	f.load(keyPointer, f.layout.encryption(rounds), lastKey)
	f.xor(lastKey, h)
	f.bytewise("VRBIT", h, h)
	f.store(keyPointer, f.layout.power(1), h)
}

// hashPowers writes the other powers. From the third on each is the square and the power two before
// it, so that two at a time are on their way.
func (f *neonCiphers) hashPowers() {
	for i := 2; i <= f.layout.powers; i++ {
		f.comment("Power %d.", i)
		f.load(keyPointer, f.layout.power(max(i-2, 1)), firstPower)
		f.addProduct(firstHashed, firstPower, true)
		f.reduce()
		f.store(keyPointer, f.layout.power(i), lowSum)
		if i == 2 {
			f.bytewise("VMOV", lowSum, firstHashed)
		}
	}
}
