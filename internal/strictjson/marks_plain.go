package strictjson

import "encoding/binary"

// plainMarks reads a block eight bytes at a time.
func plainMarks(block *[blockSize]byte) (m marks) {
	for i := 0; i < blockSize; i += 8 {
		x := binary.LittleEndian.Uint64(block[i:])
		m.quotes |= equal(x, '"') << i
		m.backslashes |= equal(x, '\\') << i
		bracket := x | ones*0x20 // turns [ into { and ] into }, and nothing else into either
		m.opening |= equal(bracket, '{') << i
		m.closing |= equal(bracket, '}') << i
	}
	return m
}

// equal returns which of eight bytes are c, one bit for each.
func equal(x uint64, c byte) uint64 {
	x ^= ones * uint64(c)
	x = ^(x&^highs + ^uint64(highs) | x) & highs // the highest bit of each byte that is zero
	return x >> 7 * 0x0102040810204080 >> 56
}
