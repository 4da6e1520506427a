package strictjson

import (
	"encoding/json"
	"testing"
)

// fits reports whether data is an array of scalars, as a Scanner reads it.
func fits(data []byte) bool {
	s := Scanner{Data: data}
	return s.Array(func(int) error { return s.Skip() }) == nil && s.End() == nil
}

// What is a scalar and what isn't is what the standard library says, with any byte behind it or in
// any of its places.
func TestScalars(t *testing.T) {
	check := func(data string) {
		if got, want := fits([]byte(data)), json.Valid([]byte(data)); got != want {
			t.Errorf("%q: %t, the standard library says %t", data, got, want)
		}
	}
	for _, scalar := range []string{
		"true", "false", "null", "0", "-0", "10", "-7", "1234567890", "0.5", "-10.25", "0e1", "1E9", "12.5e+10", "2E-33", "-0.0E0",
		`""`, `"a"`, `"\n"`, `"\u12aF"`, `"é` + "\x7f" + `"`, `"0123456\"89abcdef\\"`, `"01234567\t"`, `"012345678\u0000"`,
	} {
		for at := range len(scalar) + 1 {
			for c := range 256 {
				if c == '[' || c == '{' {
					continue // passed by brackets alone
				}
				before, behind := scalar[:at], scalar[at:]
				check("[" + before + string([]byte{byte(c)}) + behind + "]")
				check("[" + before + string([]byte{byte(c)}) + ",1]")
				if behind != "" {
					check("[1," + before + string([]byte{byte(c)}) + behind[1:] + "]")
				}
			}
			check("[" + scalar[:at])
			check("[" + scalar[:at] + "]")
			check("[" + scalar[:at] + " ]\n")
		}
	}
}
