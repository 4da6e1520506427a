package strictjson

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Key is a member's key, decoded.
type Key struct{ Name []byte }

// Is reports whether the key is name, to the letter.
func (k Key) Is(name string) bool { return string(k.Name) == name }

// LooksLike reports whether a reader that doesn't mind letter case would take the key for name.
func (k Key) LooksLike(name string) bool { return !k.differs(name) && k.folds(name) }

// differs reports whether a key begins otherwise than name in any letter case, as nearly all do. It
// is small enough to be inlined.
func (k Key) differs(name string) bool {
	return len(k.Name) > 0 && name != "" && (k.Name[0]^name[0])&^0x20 != 0 && k.Name[0]|name[0] < utf8.RuneSelf
}

// folds is LooksLike, whatever the first letters are.
func (k Key) folds(name string) bool {
	return k.Is(name) || bytes.EqualFold(k.Name, []byte(name)) ||
		(k.hasOtherI() || strings.IndexByte(name, "İ"[0]) >= 0) &&
			strings.EqualFold(dottedAndDotlessI.Replace(string(k.Name)), dottedAndDotlessI.Replace(name))
}

// dottedAndDotlessI makes an i of the letters İ and ı. Folding leaves them alone, but changing the
// case of each letter makes an i or I of them, and there are readers that compare names so:
// jsoniter by strings.ToLower, Java's equalsIgnoreCase by both cases.
var dottedAndDotlessI = strings.NewReplacer("İ", "i", "ı", "i")

// hasOtherI reports whether there may be an İ or ı in the key, which begin with the same byte.
func (k Key) hasOtherI() bool { return bytes.IndexByte(k.Name, "İ"[0]) >= 0 }

// UniqueKey refuses a key that occurs a second time, or in another letter case than its own. Its
// zero value has seen none.
type UniqueKey struct{ seen bool }

// Matches reports whether k is name. The error is [ErrAmbiguous].
func (o *UniqueKey) Matches(k Key, name string) (bool, error) {
	if k.differs(name) {
		return false, nil
	}
	return o.matches(k, name)
}

// matches is Matches, whatever the first letters are.
func (o *UniqueKey) matches(k Key, name string) (bool, error) {
	if !k.folds(name) {
		return false, nil
	}
	if o.seen || !k.Is(name) {
		return false, ErrAmbiguous
	}
	o.seen = true
	return true, nil
}
