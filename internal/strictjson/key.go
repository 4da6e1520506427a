package strictjson

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Key is a member's key, decoded.
type Key struct{ Name []byte }

// Is reports whether the key is exactly name.
func (k Key) Is(name string) bool { return string(k.Name) == name }

// LooksLike reports whether a reader that ignores letter case would take the key for name.
func (k Key) LooksLike(name string) bool { return !k.differs(name) && k.folds(name) }

// differs reports whether a key starts with another letter than name, in any case, as nearly all
// do. It is small enough to be inlined.
func (k Key) differs(name string) bool {
	return len(k.Name) > 0 && name != "" && (k.Name[0]^name[0])&^0x20 != 0 && k.Name[0]|name[0] < utf8.RuneSelf
}

// folds is LooksLike without the check of the first letters.
func (k Key) folds(name string) bool {
	return k.Is(name) || bytes.EqualFold(k.Name, []byte(name)) ||
		(k.hasOtherI() || strings.IndexByte(name, "İ"[0]) >= 0) &&
			strings.EqualFold(dottedAndDotlessI.Replace(string(k.Name)), dottedAndDotlessI.Replace(name))
}

// dottedAndDotlessI replaces the letters İ and ı by i. Case folding leaves them alone, but upper-
// or lower-casing turns them into I or i, and some readers compare names that way: jsoniter with
// strings.ToLower, Java's equalsIgnoreCase with both cases.
var dottedAndDotlessI = strings.NewReplacer("İ", "i", "ı", "i")

// hasOtherI reports whether there may be an İ or ı in the key, which start with the same byte.
func (k Key) hasOtherI() bool { return bytes.IndexByte(k.Name, "İ"[0]) >= 0 }

// UniqueKey refuses a key that occurs a second time, or in another letter case. Its zero value is
// ready to use.
type UniqueKey struct{ seen bool }

// Matches reports whether k is name. The only error is [ErrAmbiguous].
func (o *UniqueKey) Matches(k Key, name string) (bool, error) {
	if k.differs(name) {
		return false, nil
	}
	return o.matches(k, name)
}

// matches is Matches without the check of the first letters.
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
