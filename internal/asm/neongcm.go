package main

// AES-256-GCM for arm64: what gcm.go writes for amd64, in the same order.

// open writes the function for a number of blocks.
func (f *neonCiphers) open(blocks int) {
	f.beginOpening(blocks)
	first := min(blocks+1, manyStates)
	f.stream(0, first, f.hashSteps(blocks))
	f.compareTag()
	f.decrypt(0, first)
	for at := first; at <= blocks; at += manyStates {
		n := min(blocks+1-at, manyStates)
		f.stream(at, n, nil)
		f.decrypt(at, n)
	}
	f.label(done)
	f.op("RET")
}

// beginOpening loads the parameters and what all of the function needs, and asks for all that opening
// reads of a key.
func (f *neonCiphers) beginOpening(blocks int) {
	f.beginCipher("open", blocks)
	f.parameter("n", sizeNumber)
	for _, line := range f.layout.opening() {
		f.op("PRFM", keyPointer.at(line), "PLDL1KEEP")
	}
	f.comment("What stays of the last block, of %d to %d bytes of ciphertext.", blockSize*(blocks-1)+1, blockSize*blocks)
	f.address("window", maskPointer)
	f.op("ADD", immediate(blockSize*blocks), string(maskPointer))
	f.op("SUB", string(sizeNumber), string(maskPointer))
	f.load(maskPointer, 0, maskBlock)

	f.comment("The IV, and no byte behind it.")
	f.op("FMOVD", ivPointer.at(0), ivBlock.whole())
	f.op("ADD", immediate(8), string(ivPointer))
	f.op("VLD1", ivPointer.at(0), ivBlock.as("S[2]"))
	f.load(keyPointer, f.layout.encryption(rounds), lastKey)
}

// stream makes n blocks of the key stream but for the last round's key, from the one with counter
// at+1, and takes steps between the rounds.
func (f *neonCiphers) stream(at, n int, steps []func()) {
	states := from(firstState, n)
	f.comment("Blocks of counters, from %d on.", at+1)
	f.address("counters", scratch)
	f.load(scratch, blockSize*at, states...)
	for _, state := range states {
		f.xor(ivBlock, state)
	}
	if steps != nil {
		f.comment(betweenRounds)
	}
	interleave(steps, 1, func(number int) {
		f.round(number, "AESE", "AESMC", f.keysFrom(number-1, f.layout.encryption), states)
	})
}

// hashSteps are the steps of the hash: a block of ciphertext each, and in the end its length.
func (f *neonCiphers) hashSteps(blocks int) (steps []func()) {
	for i := range blocks {
		steps = append(steps, func() {
			if i%2 == 0 {
				f.load(keyPointer, f.layout.power(blocks+1-i), from(firstPower, 2)...)
				f.load(dataPointer, blockSize*i, from(firstHashed, min(2, blocks-i))...)
			}
			hashed := firstHashed + vec(i%2)
			if i == blocks-1 {
				f.bytewise("VAND", maskBlock, hashed, hashed)
			}
			f.bytewise("VRBIT", hashed, hashed)
			f.addProduct(hashed, firstPower+vec(i%2), i == 0)
		})
	}
	return append(steps, func() { f.addLength(blocks) })
}

// addProduct adds the product of a block and a power of the hash key to the sum, or begins it.
func (f *neonCiphers) addProduct(hashed, power vec, first bool) {
	f.shifted(8, power, power, turnedPower)
	for _, part := range []struct {
		times func(x, y, to vec)
		power vec
		sum   vec
		first bool
	}{
		{f.times, power, lowSum, first},
		{f.times, turnedPower, middleSum, first},
		{f.timesUpper, power, highSum, first},
		{f.timesUpper, turnedPower, middleSum, false},
	} {
		if part.first {
			part.times(hashed, part.power, part.sum)
			continue
		}
		part.times(hashed, part.power, productSum)
		f.xor(productSum, part.sum)
	}
}

// addLength adds the product of the length in bits and the first power. The other half of its block
// is zero, as there is no additional data.
func (f *neonCiphers) addLength(blocks int) {
	length, power := firstHashed, firstPower+vec(blocks%2)
	if blocks%2 == 0 {
		f.load(keyPointer, f.layout.power(1), power)
	}
	f.op("LSL", immediate(3), string(sizeNumber), string(scratch))
	f.op("RBIT", string(scratch), string(scratch))
	f.op("FMOVD", string(scratch), length.whole())
	f.shifted(8, power, power, turnedPower)
	f.times(length, power, productSum)
	f.xor(productSum, middleSum)
	f.times(length, turnedPower, productSum)
	f.xor(productSum, highSum)
}

// loadPolynomial prepares reduce.
func (f *neonCiphers) loadPolynomial() {
	f.op("MOVD", immediate(polynomialLow), string(scratch))
	f.op("VDUP", string(scratch), polynomial.as("D2"))
	f.zero(zeros)
}

// reduce brings the sum back to 128 bits, in lowSum.
func (f *neonCiphers) reduce() {
	f.timesUpper(highSum, polynomial, productSum)
	f.xor(productSum, middleSum)
	f.shifted(8, zeros, middleSum, productSum)
	f.xor(productSum, lowSum)
	f.shifted(8, middleSum, zeros, productSum)
	f.xor(productSum, highSum)
	f.times(highSum, polynomial, productSum)
	f.xor(productSum, lowSum)
}

// compareTag ends the function if the tag is wrong: before anything is written but the result. What
// comes into a general register is all zeros or all ones, and so the answer.
func (f *neonCiphers) compareTag() {
	f.comment("The hash.")
	f.loadPolynomial()
	f.reduce()
	f.bytewise("VRBIT", lowSum, lowSum)

	f.comment("The tag, all of it at once. If it is wrong, nothing is written.")
	f.op("ADD", string(sizeNumber), string(dataPointer), string(scratch))
	f.load(scratch, 0, productSum)
	for _, part := range []vec{firstState, lastKey, productSum} {
		f.xor(part, lowSum)
	}
	f.shifted(8, lowSum, lowSum, productSum)
	f.bytewise("VORR", productSum, lowSum, lowSum)
	f.op("VCMTST", lowSum.as("D2"), lowSum.as("D2"), lowSum.as("D2"))
	f.op("VMOV", lowSum.as("D[0]"), string(scratch))
	f.op("ADD", immediate(1), string(scratch))
	f.op("MOVB", string(scratch), f.result())
	f.op("CBZ", string(scratch), done)
}

// decrypt decrypts with n blocks of the key stream, the first of which has counter at+1. That of
// counter 1 was for the tag.
func (f *neonCiphers) decrypt(at, n int) {
	states, block := from(firstState, n), at-1
	if at == 0 {
		states, block = states[1:], 0
	}
	f.comment("The plaintext, from block %d on.", block)
	for len(states) > 0 {
		two := min(2, len(states))
		data := from(firstHashed, two)
		f.load(dataPointer, blockSize*block, data...)
		for i, state := range states[:two] {
			f.xor(lastKey, state)
			f.xor(data[i], state)
		}
		f.store(dataPointer, blockSize*block, states[:two]...)
		states, block = states[two:], block+two
	}
}
