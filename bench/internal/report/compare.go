package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
)

// Compare prints what two runs have in common, and by how much it differs.
func Compare(out io.Writer, before, after string) error {
	a, err := readReport(before)
	if err != nil {
		return err
	}
	b, err := readReport(after)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "before: %s, %s\nafter:  %s, %s\n", a.Date, a.Machine, b.Date, b.Machine)
	old := a.figures()
	for _, s := range b.Sections {
		t := Table{Caption: "\n" + s.Title, Columns: []string{"", "before", "after", "change %"}}
		s.each(func(name string, after Value) {
			before, found := old[s.Name+"/"+name]
			if !found || math.IsNaN(float64(before)) || math.IsNaN(float64(after)) {
				return
			}
			change := None
			if before != 0 {
				change = Value(math.Round(1000*(float64(after/before)-1)) / 10)
			}
			t.Rows = append(t.Rows, Row{name, []Value{before, after, change}})
		})
		if len(t.Rows) > 0 {
			t.print(out)
		}
	}
	return nil
}

func readReport(name string) (*Report, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r := new(Report)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// figures returns all of them by the names of section, table, row and column.
func (r *Report) figures() map[string]Value {
	all := make(map[string]Value)
	for _, s := range r.Sections {
		s.each(func(name string, v Value) { all[s.Name+"/"+name] = v })
	}
	return all
}

// each calls f for each figure.
func (s *Section) each(f func(name string, v Value)) {
	for _, t := range s.Tables {
		for _, row := range t.Rows {
			for i, v := range row.Values {
				if i+1 < len(t.Columns) {
					f(fmt.Sprintf("%s %s, %s", t.Caption, row.Name, t.Columns[i+1]), v)
				}
			}
		}
	}
}
