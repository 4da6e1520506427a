package keyset

import (
	"bytes"
	stdjson "encoding/json"
	"math"
	"reflect"
	"strconv"

	"github.com/segmentio/encoding/json"
)

// optional is an integer that may be absent, which differs from zero.
type optional struct {
	value int64
	set   bool
}

func some(v int64) optional { return optional{v, true} }

func (o optional) or(fallback int64) int64 {
	if o.set {
		return o.value
	}
	return fallback
}

// UnmarshalJSON accepts what operators and their stand-ins send: an integer, a float with an
// integral value (5.0, 5e3), or either of them in a string. null means absent.
func (o *optional) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte("null")) {
		*o = optional{}
		return nil
	}
	if *o = parseWhole(text); !o.set {
		// The field's name is added where it is known. The text isn't: it may hold
		// anything.
		return &json.UnmarshalTypeError{Type: reflect.TypeFor[int64]()}
	}
	return nil
}

// maxExact is the bound below which every integer is exactly a float64.
const maxExact = 1 << 53

// parseWhole reads a JSON value, which is never empty. It returns an absent value for anything that
// isn't an integer.
func parseWhole(text []byte) optional {
	if text[0] == '"' {
		text = text[1 : len(text)-1]
		if !stdjson.Valid(text) { // strconv accepts more: signs, hexadecimal, infinities
			return optional{}
		}
	}
	if v, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return some(v)
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil || v != math.Trunc(v) || math.Abs(v) >= maxExact {
		return optional{}
	}
	return some(int64(v))
}
