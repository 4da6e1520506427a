// Package report has the tables and plots of what was measured, as text, HTML and JSON.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// Report is what one run measured.
type Report struct {
	Machine  Machine   `json:"machine"`
	Command  string    `json:"command"`
	Date     string    `json:"date"`
	Sections []Section `json:"sections"`
	About    string    `json:"-"` // how to read it
}

// Section is one subject.
type Section struct {
	Name   string  `json:"name"`
	Title  string  `json:"title"`
	About  string  `json:"about"` // what is measured, and what is its floor
	Tables []Table `json:"tables"`
	Goals  []Goal  `json:"goals,omitempty"`
	Took   float64 `json:"took_seconds"`

	Plots []Chart `json:"-"`
}

// Table has a row for each thing measured.
type Table struct {
	Caption string   `json:"caption,omitempty"`
	Columns []string `json:"columns"` // with their units; the first is the one of the names
	Rows    []Row    `json:"rows"`
}

// Row is one thing measured.
type Row struct {
	Name   string  `json:"name"`
	Values []Value `json:"values"`
}

// Value is a figure; NaN stands for none.
type Value float64

// None stands for a figure that makes no sense.
var None = Value(math.NaN())

// MarshalJSON writes null for None.
func (v Value) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(v)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(v))
}

// UnmarshalJSON is the opposite.
func (v *Value) UnmarshalJSON(b []byte) error {
	*v = None
	if string(b) == "null" {
		return nil
	}
	return json.Unmarshal(b, (*float64)(v))
}

// String has three digits, or the whole number.
func (v Value) String() string {
	f := float64(v)
	switch {
	case math.IsNaN(f):
		return "–"
	case f == math.Trunc(f) && math.Abs(f) < 1e15:
		return fmt.Sprintf("%.0f", f)
	case math.Abs(f) >= 100:
		return fmt.Sprintf("%.0f", f)
	case math.Abs(f) >= 10:
		return fmt.Sprintf("%.1f", f)
	case math.Abs(f) >= 0.1:
		return fmt.Sprintf("%.2f", f)
	default:
		return fmt.Sprintf("%.3g", f)
	}
}

// Goal is what a figure should be.
type Goal struct {
	What    string  `json:"what"`
	Value   float64 `json:"value"`
	AtMost  float64 `json:"at_most,omitempty"`
	AtLeast float64 `json:"at_least,omitempty"`
	Met     bool    `json:"met"`
}

// AtMost is a goal with an upper bound.
func AtMost(what string, value, limit float64) Goal {
	return Goal{What: what, Value: value, AtMost: limit, Met: value <= limit}
}

// AtLeast is a goal with a lower bound.
func AtLeast(what string, value, limit float64) Goal {
	return Goal{What: what, Value: value, AtLeast: limit, Met: value >= limit}
}

// String is a line of text.
func (g Goal) String() string {
	bound := "at most " + Value(g.AtMost).String()
	if g.AtLeast != 0 {
		bound = "at least " + Value(g.AtLeast).String()
	}
	mark := "met"
	if !g.Met {
		mark = "NOT met"
	}
	return fmt.Sprintf("%s: %s (%s): %s", g.What, Value(g.Value), bound, mark)
}

// Heading says whose report it is.
func (r *Report) Heading() string {
	return fmt.Sprintf("uid2rtb, %s\n%s\n%s\n", r.Command, r.Machine, r.Date)
}

// Print prints the section.
func (s *Section) Print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n%s\n%s\n", s.Title, strings.Repeat("=", len([]rune(s.Title))), s.About)
	for _, t := range s.Tables {
		fmt.Fprintln(out)
		t.print(out)
	}
	for _, g := range s.Goals {
		fmt.Fprintln(out, " ", g)
	}
}

func (t *Table) print(out io.Writer) {
	if t.Caption != "" {
		fmt.Fprintln(out, t.Caption)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, strings.Join(t.Columns, "\t")+"\t")
	for _, row := range t.Rows {
		fmt.Fprint(w, row.Name)
		for _, v := range row.Values {
			fmt.Fprint(w, "\t", v)
		}
		fmt.Fprintln(w, "\t")
	}
	w.Flush()
}

// WriteJSON writes the figures.
func (r *Report) WriteJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", " ")
	return e.Encode(r)
}
