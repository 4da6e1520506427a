package strictjson

import (
	"encoding/json"
	"testing"
)

// fits reports whether a Scanner accepts data as an array of scalars.
func fits(data []byte) bool {
	s := Scanner{Data: data}
	return s.Array(func(int) error { return s.Skip() }) == nil && s.End() == nil
}

// The standard library decides which scalars are valid, with any byte after one or in any of its
// positions.
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
					continue // skipped by brackets alone
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
