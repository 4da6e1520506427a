package inspect

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// part is one of a layout: so many bytes, and what they mean. A part of size 0 takes all but those
// that come after it.
type part struct {
	name    string
	size    int
	meaning meaning
	secret  bool // a raw UID
}

// meaning says what bytes mean, and reports whether they can be in a token at all.
type meaning func(b []byte) (text string, possible bool)

// cut lays parts over bytes. If they end early, the last field is damaged and says so; what is
// beyond the last part is a field of its own.
func cut(b []byte, parts []part, reveal bool) []Field {
	fields := make([]Field, 0, len(parts))
	offset := 0
	for at, p := range parts {
		size := p.size
		if size == 0 {
			size = max(len(b)-offset-total(parts[at+1:]), 0)
		}
		field, whole := p.field(b, offset, size, reveal)
		fields = append(fields, field)
		if offset += field.Bytes; !whole {
			return fields
		}
	}
	if offset < len(b) {
		extra := part{name: "too much", secret: true, meaning: impossible("bytes that no token has")}
		field, _ := extra.field(b, offset, len(b)-offset, reveal)
		fields = append(fields, field)
	}
	return fields
}

func total(parts []part) (size int) {
	for _, p := range parts {
		size += p.size
	}
	return size
}

// field is the part at an offset. It reports false if the bytes end within it.
func (p part) field(b []byte, offset, size int, reveal bool) (f Field, whole bool) {
	held := b[offset:min(offset+size, len(b))]
	f = Field{Name: p.name, Offset: offset, Bytes: len(held)}
	if p.secret && !reveal {
		f.Masked = true
	} else {
		f.Hex = hex.EncodeToString(held)
	}
	if len(held) < size || size == 0 {
		f.Damaged = true
		f.Meaning = fmt.Sprintf("cut off: %d of %d bytes are there", len(held), max(size, 1))
		return f, false
	}
	var possible bool
	f.Meaning, possible = p.meaning(held)
	f.Damaged = !possible
	return f, true
}

func constant(text string) meaning { return func([]byte) (string, bool) { return text, true } }

func impossible(text string) meaning { return func([]byte) (string, bool) { return text, false } }

func number(format string) meaning {
	return func(b []byte) (string, bool) { return fmt.Sprintf(format, binary.BigEndian.Uint32(b)), true }
}

// unused is the meaning of a number that is 0 in all tokens of today's operators.
func unused(b []byte) (string, bool) {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	if n == 0 {
		return "0, not used", true
	}
	return fmt.Sprint(n), true
}
