package codec

import "encoding/binary"

// The base64 texts that tokens and raw UIDs may be written in:
//
//   - characters of the standard or the URL-safe alphabet, even mixed;
//   - then up to two '=', in any number: padding is stripped, not checked;
//   - without the padding, any length that isn't 1 modulo 4.
//
// Everything else is refused: line breaks, spaces, '=' elsewhere. Unused low bits of the last
// character may be set, as all known readers of tokens ignore them.

// sextets maps a character of either alphabet to its 6 bits, all other bytes to -1.
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

// decodeSlack is how many bytes longer than the decoded text the destination must be: decode stores
// 8 bytes at a time of which 6 count, or 32 of which 24 count.
const decodeSlack = 8

// decode decodes text into dst and returns the number of decoded bytes. It reports false, with dst
// partly overwritten, if text isn't base64 as described above or if dst is shorter than the result
// plus decodeSlack.
//
// Invalid characters are checked once, at the end: their -1, widened to 64 bits, is all ones, so
// any shift leaves it negative.
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
	if len(text)-i < 4 {
		return size, decodeTail(dst[i/4*3:], text[i:])
	}
	return size, decodePlain(dst[:size+decodeSlack], text)
}

// decodeTail decodes what whole groups of four characters leave: none, two or three.
func decodeTail[T ~string | ~[]byte](dst []byte, text T) (ok bool) {
	if len(text) < 2 {
		return true
	}
	seen := int32(sextets[text[0]])<<12 | int32(sextets[text[1]])<<6
	if len(text) > 2 {
		seen |= int32(sextets[text[2]])
	}
	dst[0], dst[1] = byte(seen>>10), byte(seen>>2)
	return seen >= 0
}

// decodePlain is decode for unpadded text of a valid length.
func decodePlain[T ~string | ~[]byte](dst []byte, text T) (ok bool) {
	var seen int64 // the OR of all groups; negative if any character is invalid
	i, n := 0, 0
	for ; i+8 <= len(text); i += 8 {
		eight := four(text[i:i+4])<<24 | four(text[i+4:i+8])
		seen |= eight
		binary.BigEndian.PutUint64(dst[n:n+8], uint64(eight)<<16)
		n += 6
	}
	text = text[i:]
	var rest int64 // up to 7 characters, in the highest bits
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

// four returns the 24 bits that the first four characters encode, or a negative number if one is
// invalid.
func four[T ~string | ~[]byte](text T) int64 {
	return int64(sextets[text[0]])<<18 | int64(sextets[text[1]])<<12 | int64(sextets[text[2]])<<6 | int64(sextets[text[3]])
}

// unpad removes up to two '=' from the end.
func unpad[T ~string | ~[]byte](text T) T {
	for range 2 {
		if n := len(text); n > 0 && text[n-1] == '=' {
			text = text[:n-1]
		}
	}
	return text
}

// encodePairs holds, for each 12 bits, their two characters of the standard alphabet, the first in
// the lower byte.
var encodePairs = func() (table [1 << 12]uint16) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range table {
		table[i] = uint16(alphabet[i>>6]) | uint16(alphabet[i&63])<<8
	}
	return table
}()

// encode8 encodes the lower 48 bits of x as eight characters, the first in the lowest byte.
func encode8(x uint64) uint64 {
	return uint64(encodePairs[x>>36&0xFFF]) | uint64(encodePairs[x>>24&0xFFF])<<16 |
		uint64(encodePairs[x>>12&0xFFF])<<32 | uint64(encodePairs[x&0xFFF])<<48
}
