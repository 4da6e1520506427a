package strictjson

import (
	"encoding/binary"
	"fmt"
)

// Names are the keys of an object that matter to a reader.
type Names struct {
	texts []string
	words []word
}

// word is what a key that is a name has in eight bytes: its letters, the first one in the lowest
// bits, a quotation mark and a colon.
type word struct {
	bytes, mask uint64 // bits beyond the mask are zero
	length      int    // with both quotation marks and the colon
}

// noNames are for a reader of all keys.
var noNames = NewNames()

const (
	maxNames      = 8 // a reader has one bit for each
	maxNameLength = 6
)

// NewNames returns the names of one object's keys. They are short, of lower-case ASCII letters and
// digits, so that a key is compared with one at once. It panics if they aren't.
func NewNames(names ...string) Names {
	if len(names) > maxNames {
		panic("strictjson: too many names")
	}
	n := Names{texts: names}
	for _, name := range names {
		if name == "" || len(name) > maxNameLength {
			panic(fmt.Sprintf("strictjson: %q isn't short", name))
		}
		for i := range len(name) {
			if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				panic(fmt.Sprintf("strictjson: a name with %q", c))
			}
		}
		var key [8]byte
		length := copy(key[:], name+`":`)
		n.words = append(n.words, word{binary.LittleEndian.Uint64(key[:]), ^uint64(0) >> (64 - 8*length), length + 1})
	}
	return n
}

// find returns the name that a key is, or that a reader which ignores letter case would take it
// for; exact reports which.
func (n *Names) find(k Key) (name int, exact bool) {
	for i, text := range n.texts {
		if k.LooksLike(text) {
			return i, k.Is(text)
		}
	}
	return Other, false
}
