package main

// chain writes AES-256-CBC for arm64: what cbc.go writes for amd64, in the same order.
func (f *neonCiphers) chain(blocks int) {
	f.beginCipher("chain", blocks)
	f.load(keyPointer, f.layout.decryption(rounds), lastKey)
	for end := blocks; end > 0; end -= manyStates {
		f.decryptBlocks(max(end-manyStates, 0), end)
	}
	f.op("RET")
}

func (f *neonCiphers) decryptBlocks(begin, end int) {
	states := from(firstState, end-begin)
	f.comment("Blocks %d to %d.", begin, end-1)
	f.load(dataPointer, blockSize*begin, states...)
	for number := 1; number <= rounds; number++ {
		f.load(keyPointer, f.layout.decryption(number-1), firstKey)
		f.round(number, "AESD", "AESIMC", firstKey, states)
	}
	f.comment("What they are chained to.")
	for i, state := range states {
		if begin+i == 0 {
			f.load(ivPointer, 0, firstKey)
		} else {
			f.load(dataPointer, blockSize*(begin+i-1), firstKey)
		}
		f.xor(lastKey, state)
		f.xor(firstKey, state)
	}
	f.store(dataPointer, blockSize*begin, states...)
}
