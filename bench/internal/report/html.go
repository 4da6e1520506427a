package report

import (
	_ "embed"
	"errors"
	"html/template"
	"io"
	"os"
)

//go:embed report.html.tmpl
var reportText string

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"svgs": func(s Section) (all []template.HTML, err error) {
		for _, c := range s.Plots {
			svg, err := c.svg()
			if err != nil {
				return nil, err
			}
			all = append(all, svg)
		}
		return all, nil
	},
}).Parse(reportText))

// WriteHTML writes the report with its plots.
func (r *Report) WriteHTML(out io.Writer) error { return reportTemplate.Execute(out, r) }

// Save writes the report with its plots and the figures as JSON to files, none for an empty name.
func (r *Report) Save(html, figures string) error {
	return errors.Join(writeTo(html, r.WriteHTML), writeTo(figures, r.WriteJSON))
}

// writeTo writes a file, none if it has no name.
func writeTo(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
