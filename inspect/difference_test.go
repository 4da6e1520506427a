package inspect

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestDifference(t *testing.T) {
	long := func(change string) string {
		var b strings.Builder
		for i := range 20 {
			fmt.Fprintf(&b, `,"k%d":%d`, i, i)
		}
		return strings.Replace(`{"a":1`+b.String()+`}`, `"k9":9`, change, 1)
	}
	for _, c := range []struct{ before, after, want string }{
		{`{"a":1}`, `{ "a" : 1 }`, ""},
		{``, ``, ""},
		{`{"a":1}`, `{"a":2}`, "= {\n-   \"a\": 1\n+   \"a\": 2\n= }\n"},
		{`{"a":1}`, `{"a":1,"b":2.50}`, "= {\n=   \"a\": 1,\n+   \"b\": 2.50\n= }\n"},
		{`{"a":1,"a":1.0}`, `{"a":1}`, "= {\n-   \"a\": 1,\n-   \"a\": 1.0\n+   \"a\": 1\n= }\n"},
		{long(`"k9":9`), long(`"k9":8`), "… 8 lines\n=   \"k6\": 6,\n=   \"k7\": 7,\n=   \"k8\": 8,\n-   \"k9\": 9,\n+   \"k9\": 8,\n=   \"k10\": 10,\n=   \"k11\": 11,\n=   \"k12\": 12,\n… 8 lines\n"},
		{`not json`, "not json\nat all", "= not json\n+ at all\n"},
		{`--- a`, `+++ b`, "- --- a\n+ +++ b\n"},
		{`@@ -1,2 +3,4 @@`, ``, "- @@ -1,2 +3,4 @@\n+ \n"},
	} {
		if got := linesOf(Difference([]byte(c.before), []byte(c.after))); got != c.want {
			t.Errorf("%.80s and %.80s:\n%swant\n%s", c.before, c.after, got, c.want)
		}
	}
}

// A difference has both texts in it: its lines, with those that are left out counted.
func TestDifferenceIsWhole(t *testing.T) {
	w := newRequestWorld(t)
	for _, text := range w.everyRequest(t) {
		req := unmarshaledOrNil(text)
		if req == nil {
			continue
		}
		deliveries, err := w.inspector.deliver([]byte(text), req, true, w.now)
		if err != nil {
			continue
		}
		for _, d := range deliveries {
			var counts [2]int
			for _, line := range Difference(d.before, d.after) {
				n := 1
				if line.Op == opLeftOut {
					fmt.Sscan(line.Text, &n)
				}
				if line.Op != opAdded {
					counts[0] += n
				}
				if line.Op != opRemoved {
					counts[1] += n
				}
			}
			was, is := strings.Count(string(indented(d.before)), "\n"), strings.Count(string(indented(d.after)), "\n")
			if counts != [2]int{was, is} && counts != [2]int{} {
				t.Fatalf("%d lines, want %d and %d, of %s", counts, was, is, text)
			}
		}
	}
}

func TestIndentedLen(t *testing.T) {
	for _, text := range []string{`{}`, `[[1,2],{"a":"\"[{,","b":[]}]`, `{"a":{"b":{"c":[1,2,3]}}}`} {
		if estimate, real := indentedLen([]byte(text)), len(indented([]byte(text))); estimate < real-1 || estimate > 2*real+8 {
			t.Errorf("%s: %d, really %d", text, estimate, real)
		}
	}
	deep := strings.Repeat("[", 9999) + strings.Repeat("]", 9999)
	if !json.Valid([]byte(deep)) || len(indented([]byte(deep))) != len(deep)+1 {
		t.Errorf("%d bytes", len(indented([]byte(deep))))
	}
}

func TestDifferenceIsCutOff(t *testing.T) {
	lines := Difference([]byte(`[]`), []byte(`["x"`+strings.Repeat(`,"x"`, 5000)+`]`))
	if last := lines[len(lines)-1]; len(lines) != maxLines+1 || last.Op != opLeftOut {
		t.Errorf("%d lines, the last one %+v", len(lines), last)
	}
}
