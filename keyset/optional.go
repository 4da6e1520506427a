package keyset

import (
	"bytes"
	stdjson "encoding/json"
	"math"
	"reflect"
	"strconv"

	"github.com/segmentio/encoding/json"
)

// optional is a whole number that may be absent, which is not zero.
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

// UnmarshalJSON takes what operators and stand-ins for them send: a whole number, written as such, as a float (5.0, 5e3)
// or as either in a string; null is absent.
func (o *optional) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte("null")) {
		*o = optional{}
		return nil
	}
	if *o = parseWhole(text); !o.set {
		// The field's name is added where it is known. The text is not: it may be anything.
		return &json.UnmarshalTypeError{Type: reflect.TypeFor[int64]()}
	}
	return nil
}

// maxExact: below it, each whole number is a float64 of its own.
const maxExact = 1 << 53

// parseWhole reads a JSON value, which is never empty. What is no whole number is absent.
func parseWhole(text []byte) optional {
	if text[0] == '"' {
		text = text[1 : len(text)-1]
		if !stdjson.Valid(text) { // strconv takes more: signs, hexadecimal, infinities
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
