package strictjson

import "fmt"

// Names are the keys of an object that matter to a reader.
type Names struct {
	texts []string
	words []uint64 // the texts in eight bytes, the first letter in the lowest bits, with zeros behind
}

// noNames are for a reader of all keys.
var noNames = NewNames()

const (
	maxNames      = 8 // a reader has one bit for each
	maxNameLength = 7
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
		var word uint64
		for i := range len(name) {
			c := name[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				panic(fmt.Sprintf("strictjson: a name with %q", c))
			}
			word |= uint64(c) << (8 * i)
		}
		n.words = append(n.words, word)
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
