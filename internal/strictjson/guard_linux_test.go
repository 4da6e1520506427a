package strictjson

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/guardpage"
)

// TestNestedBetweenUnmappedPages looks for the end of arrays of every length up to 600, which is
// where the data ends, at both ends of a page: of one string, and of arrays.
func TestNestedBetweenUnmappedPages(t *testing.T) {
	const longest = 600
	page := guardpage.New(t)
	for length := 4; length <= longest; length++ {
		random := rand.New(rand.NewPCG(uint64(length), 0))
		data := []byte(`["`)
		for len(data) < length-2 {
			data = append(data, "{}[]:, a"[random.IntN(8)])
		}
		data = append(data, `"]`...)
		checkBetweenUnmappedPages(t, page, data)

		data = append(bytes.Repeat([]byte("[],"), length/3), "   "[:length%3]...)
		data[0], data[length-1] = '[', ']'
		data[1], data[2] = ' ', ' '
		checkBetweenUnmappedPages(t, page, data)
	}
}

func checkBetweenUnmappedPages(t *testing.T, page *guardpage.Page, data []byte) {
	t.Helper()
	length := len(data)
	page.Edges(data, func(data []byte) {
		if end, err := endOfNested(data, 0, MaxDepth); end != length || err != nil {
			t.Fatalf("%q: %d %v", data, end, err)
		}
		if _, err := endOfNested(data[:length-1], 0, MaxDepth); err != ErrMalformed {
			t.Fatalf("%q: %v", data[:length-1], err)
		}
	})
}

// TestMarksBetweenUnmappedPages reads blocks at both ends of a page.
func TestMarksBetweenUnmappedPages(t *testing.T) {
	page := guardpage.New(t)
	for c := range 256 {
		page.Edges(bytes.Repeat([]byte{byte(c)}, blockSize), func(block []byte) {
			if got, want := marksOf((*[blockSize]byte)(block)), plainMarks((*[blockSize]byte)(block)); got != want {
				t.Fatalf("%#x: %+v, want %+v", c, got, want)
			}
		})
	}
}
