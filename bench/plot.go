package main

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

// chart is a picture of some lines.
type chart struct {
	title, x, y string
	logX, logY  bool
	lines       []line
}

// line has a point for each x.
type line struct {
	name   string
	dashed bool // a floor or a goal
	points plotter.XYs
}

func (l *line) add(x, y float64) { l.points = append(l.points, plotter.XY{X: x, Y: y}) }

var colors = []color.Color{
	color.RGBA{0x1b, 0x6c, 0xa8, 255}, color.RGBA{0xd9, 0x5f, 0x02, 255}, color.RGBA{0x2c, 0x8c, 0x5a, 255},
	color.RGBA{0x7b, 0x4f, 0xa6, 255}, color.RGBA{0xb0, 0x30, 0x60, 255}, color.RGBA{0x55, 0x55, 0x55, 255},
	color.RGBA{0x8c, 0x6d, 0x1f, 255}, color.RGBA{0x00, 0x88, 0x99, 255},
}

// svg draws the chart.
func (c chart) svg() (template.HTML, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.title, c.x, c.y
	p.Title.TextStyle.Font.Size, p.Title.Padding = 13, 8
	p.Legend.Top, p.Legend.Left, p.Legend.Padding = true, true, 3
	p.Add(plotter.NewGrid())
	if c.logX {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	if c.logY {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	} else {
		p.Y.Min = 0
	}
	for i, l := range c.lines {
		drawn, points, err := plotter.NewLinePoints(l.points)
		if err != nil {
			return "", fmt.Errorf("%s, %s: %w", c.title, l.name, err)
		}
		drawn.Color, points.Color = colors[i%len(colors)], colors[i%len(colors)]
		drawn.Width, points.Shape = vg.Points(1.6), draw.CircleGlyph{}
		if l.dashed {
			drawn.Dashes = []vg.Length{vg.Points(5), vg.Points(3)}
		}
		p.Add(drawn, points)
		p.Legend.Add(l.name, drawn, points)
	}
	if !c.logY {
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
