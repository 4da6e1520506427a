package strictjson

import "encoding/binary"

// plainMarks reads a block eight bytes at a time.
func plainMarks(block *[blockSize]byte) (m marks) {
	for i := 0; i < blockSize; i += 8 {
		x := binary.LittleEndian.Uint64(block[i:])
		m.quotes |= equal(x, '"') << i
		m.backslashes |= equal(x, '\\') << i
		bracket := x | ones*0x20 // makes [ a { and ] a }, and nothing else either
		m.opening |= equal(bracket, '{') << i
		m.closing |= equal(bracket, '}') << i
	}
	return m
}

// equal tells which of eight bytes are c, a bit for each.
func equal(x uint64, c byte) uint64 {
	x ^= ones * uint64(c)
	x = ^(x&^highs + ^uint64(highs) | x) & highs // the upper bit of each byte that is zero
	return x >> 7 * 0x0102040810204080 >> 56
}
