package strictjson

import (
	"strings"
	"testing"
)

// endOfBrackets is endOfNested, one byte at a time.
func endOfBrackets(data []byte, at, depth int) (end int, err error) {
	open, inString, escaped := 0, false, false
	for ; at < len(data); at++ {
		c := data[at]
		quote := c == '"' && !escaped
		escaped = c == '\\' && !escaped
		switch {
		case quote:
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if open++; open > depth {
				return 0, ErrTooDeep
			}
		case c == '}' || c == ']':
			if open--; open == 0 {
				return at + 1, nil
			}
		}
	}
	return 0, ErrMalformed
}

// FuzzNested: any blocks are read in the same way as single bytes.
func FuzzNested(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[`, `[]]`, `{"a":"}"}`, `["\\\"]"]`, `[\"]"]`, `[` + strings.Repeat(`\`, 200) + `"]`,
		`["` + strings.Repeat(`\\`, 63) + `"]`, `["` + strings.Repeat(" ", 61) + `\"]"]`, `["` + strings.Repeat("x", 200) + `]"]`,
		"[" + strings.Repeat(`{"id":"}]","x":[{"y":"\\\"]"},[]]},`, 20) + "]", strings.Repeat(`[[{"a":[]},`, 40), strings.Repeat(`"[[["`, 50) + "]", "[" + strings.Repeat("[],", 90) + "]",
		strings.Repeat("[", 70) + strings.Repeat("]", 70), strings.Repeat("[{", 63) + strings.Repeat("}]", 63), strings.Repeat("[", MaxDepth+1),
	} {
		f.Add([]byte(seed), uint8(MaxDepth))
	}
	f.Fuzz(func(t *testing.T, data []byte, depth uint8) {
		data = append([]byte{'['}, data...)
		end, err := endOfNested(data, 0, int(depth))
		wantEnd, want := endOfBrackets(data, 0, int(depth))
		if err != want || err == nil && end != wantEnd {
			t.Fatalf("%q: it ends at %d, %v; byte by byte at %d, %v", data, end, err, wantEnd, want)
		}
		for ; len(data) >= blockSize; data = data[1:] {
			if block := (*[blockSize]byte)(data); marksOf(block) != plainMarks(block) {
				t.Fatalf("%q: %+v, the plain way %+v", block, marksOf(block), plainMarks(block))
			}
		}
	})
}

// Nesting that closes at every position of a block, and is as deep as allowed, or deeper, at every
// other.
func TestNestingAtBordersOfBlocks(t *testing.T) {
	for _, filling := range []string{" ", `"]]"`, `{}`, `[{"}":[]}]`, `[[`, `]]`, `"\"]"`} {
		for before := range 3*blockSize + 2 {
			for _, behind := range []string{"]]]", `]]],"abcdef":[[1`, "[[[]]]]]]", `"]"]]]`, strings.Repeat("[", 8) + strings.Repeat("]", 20)} {
				data := []byte("[[[" + strings.Repeat(filling, before) + behind + strings.Repeat(" ", 2*blockSize) + "]")
				for depth := 3; depth < 13; depth++ {
					end, err := endOfNested(data, 0, depth)
					if wantEnd, want := endOfBrackets(data, 0, depth); err != want || err == nil && end != wantEnd {
						t.Fatalf("%q, depth %d: it ends at %d, %v; byte by byte at %d, %v", data, depth, end, err, wantEnd, want)
					}
				}
			}
		}
	}
}

// Runs of backslashes of every length start at every position of a block and end at every other.
func TestBackslashesAtBordersOfBlocks(t *testing.T) {
	for before := range 2*blockSize + 2 {
		for length := range 2*blockSize + 2 {
			for _, behind := range []string{`"]"]]`, `]"]`, `\"]"]`, `[{"]"}`} {
				data := []byte(`["` + strings.Repeat("]", before) + strings.Repeat(`\`, length) + behind + strings.Repeat(" ", blockSize) + `"]}`)
				end, err := endOfNested(data, 0, MaxDepth)
				if wantEnd, want := endOfBrackets(data, 0, MaxDepth); err != want || err == nil && end != wantEnd {
					t.Fatalf("%d before %d, then %s: it ends at %d, %v; byte by byte at %d, %v", before, length, behind, end, err, wantEnd, want)
				}
			}
		}
	}
}

func TestNestedAtItsDepth(t *testing.T) {
	for depth, want := range map[int]error{-1: ErrTooDeep, 0: ErrTooDeep, 1: nil, 2: nil} {
		if end, err := endOfNested([]byte("[]"), 0, depth); err != want || err == nil && end != 2 {
			t.Errorf("%d: %d, %v", depth, end, err)
		}
	}
}
