package main

import "encoding/binary"

// neonDecoder is package codec's base64 decoder for arm64.
type neonDecoder struct{ *neon }

// The registers of the decoder. Four characters that belong together are in four registers, and so
// are their six bits each, and the three bytes that these are.
const (
	decodedPointer gp = "R0"
	textPointer    gp = "R1"
	leftNumber     gp = "R2"
	backNumber     gp = "R3"

	lowerTable      vec = 0 // for characters up to 63
	upperTable      vec = 4 // for those from 64 on
	firstCharacters vec = 8
	firstSextets    vec = 12 // the last of which are the last bytes
	firstBytes      vec = 16
	lastSextets     vec = 18
	wrongCharacters vec = 20 // has the highest bit of a byte for a wrong character
	upperHalf       vec = 21
)

const (
	wideText   = 64 // characters that are decoded at a time
	narrowText = 32 // and at the end
)

// base64NEON writes decodeBlocks for arm64: 64 characters at a time, and then 32, the last of which
// are decoded again together with what is left. Each character is looked up in a table.
func base64NEON(root string) ([]file, error) {
	a, err := newNEON(root, "codec/base64_arm64.s", nil)
	if err != nil {
		return nil, err
	}
	d := neonDecoder{a}
	d.constant("sextets", sextetWords()...)
	d.implement("decodeBlocks")
	d.parameter("dst", decodedPointer)
	d.parameter("text", textPointer)
	d.parameter("n", leftNumber)
	d.address("sextets", scratch)
	d.load(scratch, 0, from(lowerTable, 8)...)
	d.op("VMOVI", immediate(64), upperHalf.as("B16"))
	d.zero(wrongCharacters)
	d.op("CMP", immediate(wideText), string(leftNumber))
	d.op("BLT", "rest")

	d.label("wide")
	d.decode("B16", wideText)
	d.op("CMP", immediate(wideText), string(leftNumber))
	d.op("BGE", "wide")

	d.label("rest")
	d.op("CBZ", string(leftNumber), done)
	d.op("CMP", immediate(narrowText), string(leftNumber))
	d.op("BGE", "narrow")
	d.goBack()

	d.label("narrow")
	d.decode("B8", narrowText)
	d.op("B", "rest")

	d.label(done)
	d.report()
	return d.file(), nil
}

// sextetWords returns the six bits of each of 128 characters, of both alphabets, and 255 for others.
func sextetWords() (words []uint64) {
	table := make([]byte, 128)
	for i := range table {
		table[i] = 255
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		table[c] = byte(i)
	}
	table['-'], table['_'] = table['+'], table['/']
	for ; len(table) > 0; table = table[8:] {
		words = append(words, binary.LittleEndian.Uint64(table))
	}
	return words
}

// decode decodes some characters, in registers that are divided like this.
func (d neonDecoder) decode(division string, characters int) {
	four := from(firstCharacters, 4)
	d.op("VLD4.P", gp(textPointer).at(characters), list(four, division))
	sextets := []vec{firstSextets, firstSextets + 1, firstSextets + 2, lastSextets}
	for i, c := range four {
		d.bytewise("VORR", c, wrongCharacters, wrongCharacters)
		d.op("VTBL", c.as(division), list(from(lowerTable, 4), "B16"), sextets[i].as(division))
		d.op("VEOR", upperHalf.as(division), c.as(division), c.as(division))
		d.op("VTBX", c.as(division), list(from(upperTable, 4), "B16"), sextets[i].as(division))
		d.bytewise("VORR", sextets[i], wrongCharacters, wrongCharacters)
	}

	d.comment("Six bits become bytes.")
	bytes := from(firstBytes, 3)
	for i, b := range bytes {
		if b != lastSextets {
			d.op("VUSHR", immediate(4-2*i), sextets[i+1].as(division), b.as(division))
		}
		d.op("VSLI", immediate(2+2*i), sextets[i].as(division), b.as(division))
	}
	d.op("VST3.P", list(bytes, division), decodedPointer.at(characters/4*3))
	d.op("SUB", immediate(characters), string(leftNumber))
}

// goBack goes back to where there are enough characters, and what they become.
func (d neonDecoder) goBack() {
	d.comment("Fewer than 32 are left: go back to where 32 are. 32-n characters are (32-n)/4*3 bytes.")
	d.op("MOVD", immediate(narrowText), string(backNumber))
	d.op("SUB", string(leftNumber), string(backNumber))
	d.op("SUB", string(backNumber), string(textPointer))
	d.op("LSR", immediate(2), string(backNumber))
	d.op("ADD", string(backNumber)+"<<1", string(backNumber))
	d.op("SUB", string(backNumber), string(decodedPointer))
	d.op("MOVD", immediate(narrowText), string(leftNumber))
}

// report returns whether no character was wrong.
func (d neonDecoder) report() {
	wrong := wrongCharacters
	d.op("VUSHR", immediate(7), wrong.as("B16"), wrong.as("B16"))
	d.op("VUADDLV", wrong.as("B16"), "V20")
	d.op("VMOV", wrong.as("H[0]"), string(scratch))
	d.op("CMP", immediate(0), string(scratch))
	d.op("CSET", "EQ", string(scratch))
	d.op("MOVB", string(scratch), d.result())
	d.op("RET")
}
