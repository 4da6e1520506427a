package codec

import "encoding/binary"

// What a base64 text may be here, for tokens and raw UIDs alike:
//
//   - characters of the standard or the URL-safe alphabet, which may even be mixed;
//   - then up to two '=', as many as there are: padding is taken off, not counted;
//   - without the padding, a length that isn't 1 modulo 4.
//
// Everything else is refused: line breaks, spaces, '=' elsewhere. The bits that the last character has too many may be
// set, as every known reader of tokens ignores them.

// sextets maps a character of either alphabet to its 6 bits, any other to -1.
var sextets = func() (table [256]int8) {
	for i := range table {
		table[i] = -1
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		table[c] = int8(i)
	}
	table['-'], table['_'] = table['+'], table['/']
	return table
}()

// decodeSlack is how much longer than the decoded text the destination must be: decode stores 8 bytes to keep 6, or 32 to keep
// 24.
const decodeSlack = 8

// decode writes what text stands for to dst and returns its length. It reports false, with dst overwritten in part, if
// text isn't base64 as described above or if dst is shorter than the result and decodeSlack.
//
// It looks for wrong characters once, at the end: widened to 64 bits, their -1 is all ones, and so negative wherever it is
// shifted to.
func decode[T ~string | ~[]byte](dst []byte, text T) (n int, ok bool) {
	text = unpad(text)
	size := len(text) / 4 * 3
	if tail := len(text) % 4; tail != 0 {
		size += tail - 1 // a tail of 1 is refused below
	}
	if len(text)%4 == 1 || len(dst) < size+decodeSlack {
		return 0, false
	}
	i, ok := decodeMost(dst, text)
	if !ok {
		return 0, false
	}
	return size, decodePlain(dst[i/4*3:size+decodeSlack], text[i:])
}

// decodePlain is decode for a text without padding, of a possible length.
func decodePlain[T ~string | ~[]byte](dst []byte, text T) (ok bool) {
	var seen int64 // everything, or-ed
	i, n := 0, 0
	for ; i+8 <= len(text); i += 8 {
		eight := four(text[i:i+4])<<24 | four(text[i+4:i+8])
		seen |= eight
		binary.BigEndian.PutUint64(dst[n:n+8], uint64(eight)<<16)
		n += 6
	}
	text = text[i:]
	var rest int64 // up to 7 characters, at the top
	for i := range len(text) {
		s := int64(sextets[text[i]])
		seen |= s
		rest |= s << (58 - 6*i)
	}
	for ; n < len(dst)-decodeSlack; n++ {
		dst[n] = byte(uint64(rest) >> 56)
		rest <<= 8
	}
	return seen >= 0
}

// four returns the 24 bits that four characters stand for, or a negative number.
func four[T ~string | ~[]byte](text T) int64 {
	return int64(sextets[text[0]])<<18 | int64(sextets[text[1]])<<12 | int64(sextets[text[2]])<<6 | int64(sextets[text[3]])
}

// unpad takes up to two '=' off the end.
func unpad[T ~string | ~[]byte](text T) T {
	for range 2 {
		if n := len(text); n > 0 && text[n-1] == '=' {
			text = text[:n-1]
		}
	}
	return text
}

// duets are the two characters of the standard alphabet that 12 bits stand for, the first one in the lower byte.
var duets = func() (table [1 << 12]uint16) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range table {
		table[i] = uint16(alphabet[i>>6]) | uint16(alphabet[i&63])<<8
	}
	return table
}()

// eightOf returns the eight characters that the lower 48 bits of x stand for, the first one in the lowest byte.
func eightOf(x uint64) uint64 {
	return uint64(duets[x>>36&0xFFF]) | uint64(duets[x>>24&0xFFF])<<16 | uint64(duets[x>>12&0xFFF])<<32 | uint64(duets[x&0xFFF])<<48
}
