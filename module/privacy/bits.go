package privacy

import "strings"

// bits reads base64url bit by bit, six to a character. What lies beyond its end is 0, and sets short.
type bits struct {
	text  string
	next  int
	short bool
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// foreignCharacter stands in sextets for what isn't in the alphabet.
const foreignCharacter = 0xff

var sextets = func() (values [256]byte) {
	for c := range values {
		values[c] = foreignCharacter
		if i := strings.IndexByte(alphabet, byte(c)); i >= 0 {
			values[c] = byte(i)
		}
	}
	return values
}()

// newBits reports whether text is base64url at all. GPP and TCF strings have no padding, and those that
// are made of sextets rather than bytes end at any character.
func newBits(text string) (bits, bool) {
	for i := range len(text) {
		if sextets[text[i]] == foreignCharacter {
			return bits{}, false
		}
	}
	return bits{text: text}, text != ""
}

// take reads the next n bits, as many at a time as the next character still has.
func (b *bits) take(n int) (value int) {
	for n > 0 {
		sextet := 0
		if i := b.next / 6; i < len(b.text) {
			sextet = int(sextets[b.text[i]])
		} else {
			b.short = true
		}
		left := 6 - b.next%6
		width := min(left, n)
		value = value<<width | sextet>>(left-width)&(1<<width-1)
		b.next += width
		n -= width
	}
	return value
}

// at reads the two bits at a position.
func (b *bits) at(position int) int {
	b.next = position
	return b.take(2)
}

// maxFibonacci bounds a number: section ids are below 100 yet.
const maxFibonacci = 1 << 16

// fibonacci reads a Fibonacci-coded number: a sum of Fibonacci numbers, ended by two ones in a row. One that is too large
// sets short.
func (b *bits) fibonacci() (value int) {
	current, following, previous := 1, 2, 0
	for current < maxFibonacci {
		bit := b.take(1)
		if bit == 1 && previous == 1 {
			return value
		}
		value += bit * current
		current, following, previous = following, current+following, bit
	}
	b.short = true
	return 0
}
