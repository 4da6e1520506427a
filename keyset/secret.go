package keyset

import (
	"bytes"
	"encoding/base64"
	stdjson "encoding/json"
	"reflect"

	"github.com/segmentio/encoding/json"

	"github.com/uid2rtb/uid2rtb/codec"
)

// secret is the secret of a key, decoded where it stands in the answer, so that it has no memory of
// its own. Nothing prints a keyEntry.
type secret struct {
	bytes [codec.KeySize]byte
	set   bool // it isn't absent or null
	ok    bool // it is the base64 of as many bytes
}

// secretText is the length of a secret's text.
var secretText = base64.StdEncoding.EncodedLen(codec.KeySize)

// UnmarshalJSON accepts any string: the caller, who knows the key's id, checks ok.
func (s *secret) UnmarshalJSON(text []byte) error {
	*s = secret{}
	if bytes.Equal(text, []byte("null")) {
		return nil
	}
	if text[0] != '"' {
		return &json.UnmarshalTypeError{Type: reflect.TypeFor[string]()}
	}
	s.set = true
	if bytes.IndexByte(text, '\\') >= 0 {
		var unescaped string
		if err := stdjson.Unmarshal(text, &unescaped); err != nil {
			return err
		}
		s.decode([]byte(unescaped))
		return nil
	}
	s.decode(text[1 : len(text)-1])
	return nil
}

// decode sets s.ok. encoding/base64 would skip line breaks, which make the text too long here.
func (s *secret) decode(text []byte) {
	if len(text) != secretText || bytes.ContainsAny(text, "\r\n") {
		return
	}
	var decoded [codec.KeySize + 1]byte // room for what three bytes more would take
	n, err := base64.StdEncoding.Decode(decoded[:], text)
	s.ok = err == nil && n == codec.KeySize
	copy(s.bytes[:], decoded[:])
	clear(decoded[:])
}
