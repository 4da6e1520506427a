package main

// boards are the dashboards.
var boards = []board{bidder, optOuts}

// board is a dashboard. Its variables beside the data source let choose jobs and instances.
type board struct {
	uid, title, description string
	variables               []variable
	rows                    []row
}

// variable lets choose values of a label.
type variable struct{ name, label, query string }

type row struct {
	title  string
	panels []panel
}

// panel is one of numbers, if stat is set, or of lines. Its unit is one of Grafana's.
type panel struct {
	title, description, unit string
	stat                     bool
	bad                      *limit // of a stat
	stacked                  bool
	max                      *float64
	queries                  []query
}

// limit is where numbers turn red: from it upwards, or below it.
type limit struct {
	value float64
	below bool
}

type query struct{ expr, legend string }

// one is a panel's only query.
func one(expr, legend string) []query { return []query{{expr, legend}} }

// Grafana's names of units.
const (
	yesNo     = "bool_yes_no"
	perSecond = "cps"
	share     = "percentunit"
	seconds   = "s"
	size      = "bytes"
	number    = "short"
)
