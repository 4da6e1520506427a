package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// TestDashboards: the files are what the generator writes, Grafana's schema takes them and knows
// every field, and every panel says what it shows and in which unit.
func TestDashboards(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	files, err := filepath.Glob("../../deploy/grafana/*.json")
	if err != nil || len(files) != len(boards) {
		t.Fatalf("%d dashboards, %v, %v", len(boards), files, err)
	}
	for _, b := range boards {
		text, err := os.ReadFile(filepath.Join("../../deploy/grafana", b.uid+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if written, err := b.json(); err != nil || !bytes.Equal(text, written) {
			t.Errorf("%s isn't current: %v: cd internal/dashboards && GOWORK=off go run .", b.uid, err)
		}
		var read dashboard.Dashboard                                                //lint:ignore SA1019 as the generator's
		if err := read.UnmarshalJSONStrict(text); err != nil && err.Error() != "" { // it returns a nil of a type
			t.Errorf("%s: %v", b.uid, err)
		}
		if err := read.Validate(); err != nil {
			t.Errorf("%s: %v", b.uid, err)
		}
		checkPanels(t, b.uid, text)
	}
}

func checkPanels(t *testing.T, uid string, text []byte) {
	var board struct {
		Panels []struct {
			Type, Title, Description string
			GridPos                  struct{ X, Y, W, H int }
			Targets                  []struct{ Expr string }
			FieldConfig              struct{ Defaults struct{ Unit string } }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	places := make(map[[2]int]string)
	for _, p := range board.Panels {
		place := [2]int{p.GridPos.X, p.GridPos.Y}
		if other, taken := places[place]; taken || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s: %s is where %s is", uid, p.Title, other)
		}
		places[place] = p.Title
		if p.Type == "row" {
			continue
		}
		if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
			t.Errorf("%s: %+v lacks something", uid, p)
		}
	}
	if len(board.Panels) < 15 {
		t.Errorf("%s: %d panels", uid, len(board.Panels))
	}
}
