package report

import (
	"bytes"
	"testing"
)

func TestPrintMarkdown(t *testing.T) {
	table := Table{Caption: "Whole", Columns: []string{"", "µs", "a second"}, Rows: []Row{
		{"one", []Value{1.25, 123}}, {"another", []Value{None, 1234567}}, {"less", []Value{-1234, -123}},
	}}
	var out bytes.Buffer
	table.PrintMarkdown(&out)
	const want = "**Whole**\n\n|  | µs | a second |\n|---|---:|---:|\n| one | 1.25 | 123 |\n| another | – | 1,234,567 |\n| less | -1,234 | -123 |\n"
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", &out, want)
	}
}
