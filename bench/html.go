package main

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed report.html.tmpl
var reportText string

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"svgs": func(s Section) (all []template.HTML, err error) {
		for _, c := range s.plots {
			svg, err := c.svg()
			if err != nil {
				return nil, err
			}
			all = append(all, svg)
		}
		return all, nil
	},
}).Parse(reportText))

func (r *Report) writeHTML(out io.Writer) error { return reportTemplate.Execute(out, r) }
