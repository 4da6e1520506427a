package main

// Which of 64 bytes are some character, for arm64. There is no instruction for a bit of each byte:
// each keeps the bit of its place in a group of eight, and sums of neighbours bring them together.

// bytesOfBlock are the registers with the 64 bytes. Behind them are the places' bits, and the
// character.
const (
	bytesOfBlock vec = 0
	placeBits    vec = 4
	character    vec = 5
)

// loadPlaces prepares which.
func (a *neon) loadPlaces() {
	a.constant("places", 0x8040201008040201, 0x8040201008040201)
	a.address("places", scratch)
	a.load(scratch, 0, placeBits)
}

// same compares the block with a character, in four registers.
func (a *neon) same(c byte, to []vec) {
	a.op("VMOVI", immediate(int(c)), character.as("B16"))
	for i, r := range to {
		a.bytewise("VCMEQ", character, bytesOfBlock+vec(i), r)
	}
}

// which sets the first of four registers to the places of a character, each four of which are bits
// of one of 16 bytes: another sum, with itself or another character's, has eight in each.
func (a *neon) which(c byte, to []vec) {
	a.same(c, to)
	for _, r := range to {
		a.bytewise("VAND", placeBits, r, r)
	}
	a.join(to[0], to[1])
	a.join(to[2], to[3])
	a.join(to[0], to[2])
}

// join sets a register to the sums of its neighbours, and then another one's.
func (a *neon) join(to, other vec) { a.bytewise("VADDP", other, to, to) }

// braces makes [ a { and ] a }, and nothing else either.
func (a *neon) braces() {
	a.op("VMOVI", immediate(0x20), character.as("B16"))
	for _, r := range from(bytesOfBlock, 4) {
		a.bytewise("VORR", character, r, r)
	}
}

// marksNEON writes for arm64 what marks writes for amd64.
func marksNEON(root string) ([]file, error) {
	const block gp = "R0"
	a, err := newNEON(root, "internal/strictjson/marks_arm64.s", nil)
	if err != nil {
		return nil, err
	}
	a.implement("vectorMarks")
	a.parameter("block", block)
	a.load(block, 0, from(bytesOfBlock, 4)...)
	a.loadPlaces()
	mark := func(c byte, field string) {
		a.comment("The %s.", field)
		found := from(6, 4)
		a.which(c, found)
		a.join(found[0], found[0])
		a.op("FMOVD", found[0].whole(), a.result(field))
	}
	mark('"', "quotes")
	mark('\\', "backslashes")
	a.comment("Both kinds of brackets.")
	a.braces()
	mark('{', "opening")
	mark('}', "closing")
	a.op("RET")
	return a.file(), nil
}
