package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Chart is a picture of some lines.
type Chart struct {
	Title, X, Y string
	LogX, LogY  bool
	Lines       []Line
}

// Line has a point for each x.
type Line struct {
	Name   string
	Dashed bool // a floor or a goal
	Points plotter.XYs
}

// Add adds a point.
func (l *Line) Add(x, y float64) { l.Points = append(l.Points, plotter.XY{X: x, Y: y}) }

var colors = []color.Color{
	color.RGBA{0x1b, 0x6c, 0xa8, 255}, color.RGBA{0xd9, 0x5f, 0x02, 255}, color.RGBA{0x2c, 0x8c, 0x5a, 255},
	color.RGBA{0x7b, 0x4f, 0xa6, 255}, color.RGBA{0xb0, 0x30, 0x60, 255}, color.RGBA{0x55, 0x55, 0x55, 255},
	color.RGBA{0x8c, 0x6d, 0x1f, 255}, color.RGBA{0x00, 0x88, 0x99, 255},
}

// svg draws the chart.
func (c Chart) svg() (template.HTML, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.X, c.Y
	p.Title.TextStyle.Font.Size, p.Title.Padding = 13, 8
	p.Legend.Top, p.Legend.Left, p.Legend.Padding = true, true, 3
	p.Add(plotter.NewGrid())
	if c.LogX {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	if c.LogY {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	} else {
		p.Y.Min = 0
	}
	for i, l := range c.Lines {
		drawn, points, err := plotter.NewLinePoints(l.Points)
		if err != nil {
			return "", fmt.Errorf("%s, %s: %w", c.Title, l.Name, err)
		}
		drawn.Color, points.Color = colors[i%len(colors)], colors[i%len(colors)]
		drawn.Width, points.Shape = vg.Points(1.6), draw.CircleGlyph{}
		if l.Dashed {
			drawn.Dashes = []vg.Length{vg.Points(5), vg.Points(3)}
		}
		p.Add(drawn, points)
		p.Legend.Add(l.Name, drawn, points)
	}
	if !c.LogY {
		p.Y.Max *= 1.25 // room for the legend
	}
	canvas := vgsvg.New(15*vg.Centimeter, 9*vg.Centimeter)
	p.Draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", err
	}
	text := b.Bytes()
	return template.HTML(text[bytes.Index(text, []byte("<svg")):]), nil // our own picture, without its XML header
}
