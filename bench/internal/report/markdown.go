package report

import (
	"fmt"
	"io"
	"strings"
)

// PrintMarkdown prints the table as Markdown.
func (t *Table) PrintMarkdown(out io.Writer) {
	if t.Caption != "" {
		fmt.Fprintf(out, "**%s**\n\n", t.Caption)
	}
	fmt.Fprintf(out, "| %s |\n|---|%s\n", strings.Join(t.Columns, " | "), strings.Repeat("---:|", len(t.Columns)-1))
	for _, row := range t.Rows {
		fmt.Fprintf(out, "| %s |", row.Name)
		for _, v := range row.Values {
			fmt.Fprintf(out, " %s |", withCommas(v.String()))
		}
		fmt.Fprintln(out)
	}
}

// withCommas separates the thousands of a whole number.
func withCommas(number string) string {
	if strings.Contains(number, ".") {
		return number
	}
	sign := len(number) - len(strings.TrimLeft(number, "-"))
	for at := len(number) - 3; at > sign; at -= 3 {
		number = number[:at] + "," + number[at:]
	}
	return number
}
