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

// sextets maps a character of either alphabet to its 6 bits, any other to 0xFF.
var sextets = func() (table [256]byte) {
	for i := range table {
		table[i] = notBase64
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		table[c] = byte(i)
	}
	table['-'], table['_'] = table['+'], table['/']
	return table
}()

// notBase64 has its top bit set, which no sextet has. One test of all characters' bits, or-ed, finds a wrong one.
const notBase64 = 0xFF

// decodeSlack is how much longer than the decoded text the destination must be: decode stores 8 bytes to keep 6.
const decodeSlack = 2

// decode writes what text stands for to dst and returns its length. It reports false, with dst overwritten in part, if
// text isn't base64 as described above or if dst is shorter than the result and decodeSlack.
func decode[T ~string | ~[]byte](dst []byte, text T) (n int, ok bool) {
	text = unpad(text)
	size := len(text) / 4 * 3
	if tail := len(text) % 4; tail != 0 {
		size += tail - 1 // a tail of 1 is refused below
	}
	if len(text)%4 == 1 || len(dst) < size+decodeSlack {
		return 0, false
	}
	var seen byte // every sextet, or-ed
	i := 0
	for ; i+8 <= len(text); i += 8 {
		chars := text[i : i+8]
		a, b, c, d := sextets[chars[0]], sextets[chars[1]], sextets[chars[2]], sextets[chars[3]]
		e, f, g, h := sextets[chars[4]], sextets[chars[5]], sextets[chars[6]], sextets[chars[7]]
		seen |= a | b | c | d | e | f | g | h
		binary.BigEndian.PutUint64(dst[n:n+8], uint64(a)<<58|uint64(b)<<52|uint64(c)<<46|uint64(d)<<40|
			uint64(e)<<34|uint64(f)<<28|uint64(g)<<22|uint64(h)<<16)
		n += 6
	}
	var rest uint64 // up to 7 sextets, at the top
	shift := 58
	for ; i < len(text); i++ {
		s := sextets[text[i]]
		seen |= s
		rest |= uint64(s) << shift
		shift -= 6
	}
	for ; n < size; n++ {
		dst[n] = byte(rest >> 56)
		rest <<= 8
	}
	return size, seen&0x80 == 0
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
