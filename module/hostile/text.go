package hostile

import (
	"encoding/json"
	"fmt"
	"strings"
)

// member is one member of a JSON object, both parts as they are written. Objects are lists of
// members: keys may repeat, and order counts.
type member struct{ key, value string }

func m(key, value string) member { return member{quote(key), value} }

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // no string fails
	}
	return string(quoted)
}

func object(members ...member) string {
	parts := make([]string, len(members))
	for i, m := range members {
		parts[i] = m.key + ":" + m.value
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func array(elements ...string) string { return "[" + strings.Join(elements, ",") + "]" }

func strs(texts ...string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quote(text)
	}
	return array(quoted...)
}

// shuffled is an object whose members are in any order.
func (d dice) shuffled(members ...member) string {
	members = append([]member(nil), members...)
	d.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return object(members...)
}

// otherLetters are letters that some reader takes for one of ASCII.
var otherLetters = strings.NewReplacer("k", "\u212A", "s", "\u017F", "i", "\u0131")

// escaped writes a string with \u in place of the letters for which keep is false.
func escaped(text string, keep func(i int) bool) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range text {
		if keep(i) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// respelled writes a key in a way that its reader takes for the same, or that another reader does.
func (d dice) respelled(key string) string {
	switch d.IntN(8) {
	case 0:
		return quote(strings.ToUpper(key))
	case 1:
		return quote(strings.ToUpper(key[:1]) + key[1:])
	case 2:
		return escaped(key, func(i int) bool { return i > 0 })
	case 3:
		return escaped(key, func(int) bool { return false })
	case 4:
		return quote(otherLetters.Replace(key))
	case 5:
		return quote(strings.ReplaceAll(key, "i", "\u0130"))
	case 6:
		at := d.IntN(len(key))
		return quote(key[:at] + strings.ToUpper(key[at:at+1]) + key[at+1:])
	}
	return quote(key) // a repeat
}

// otherwise writes a word in other letters of the same name.
func (d dice) otherwise(word string) string {
	switch d.IntN(4) {
	case 0:
		return strings.ToUpper(word)
	case 1:
		return otherLetters.Replace(word)
	case 2:
		return strings.ReplaceAll(word, "i", "\u0130")
	}
	at := d.IntN(len(word))
	return word[:at] + strings.ToUpper(word[at:at+1]) + word[at+1:]
}

// spaced puts white space around the colons between members.
func (d dice) spaced(text string) string {
	outside := strings.Split(text, `\":`) // a quote with a backslash is inside of a string
	for i, part := range outside {
		outside[i] = strings.ReplaceAll(part, `":`, `"`+d.blank()+":"+d.blank())
	}
	return strings.Join(outside, `\":`)
}

func (d dice) blank() string { return pick(d, " ", "\n", "\t", "\r\n  ") }
