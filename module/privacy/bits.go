package privacy

import (
	"encoding/base64"
	"strings"
)

// bits reads base64url bit by bit. What lies beyond its end is 0, and sets short.
type bits struct {
	data  []byte
	next  int
	short bool
}

// newBits decodes text. GPP and TCF strings have no padding, and may end in the middle of a quantum.
func newBits(text string) (*bits, bool) {
	if len(text)%4 == 1 {
		text += "A"
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	return &bits{data: data}, err == nil && len(data) > 0 && !strings.ContainsAny(text, "\r\n")
}

// take reads the next n bits.
func (b *bits) take(n int) (value int) {
	for range n {
		value <<= 1
		if i := b.next / 8; i < len(b.data) {
			value |= int(b.data[i]>>(7-b.next%8)) & 1
		} else {
			b.short = true
		}
		b.next++
	}
	return value
}

// skip passes over the next n bits.
func (b *bits) skip(n int) {
	b.next += n
	b.short = b.short || b.next > 8*len(b.data)
}

// at reads the two bits at a position.
func (b *bits) at(position int) int {
	b.next = position
	return b.take(2)
}

// maxFibonacci bounds a number: section ids are below 100 yet.
const maxFibonacci = 1 << 16

// fibonacci reads a Fibonacci-coded number: a sum of Fibonacci numbers, ended by two ones in a row.
func (b *bits) fibonacci() (value int) {
	current, following, previous := 1, 2, 0
	for !b.short && current < maxFibonacci {
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
