package main

import (
	"strings"
	"testing"

	"github.com/urfave/cli/v3"
)

// TestManualPage: the page has each command and each flag that the help has, and no line of the
// text becomes a request of the language.
func TestManualPage(t *testing.T) {
	page := ok(t, "", "man")
	var look func(name string, c *cli.Command)
	look = func(name string, c *cli.Command) {
		if name != "uid2" && len(c.VisibleCommands()) == 0 && !strings.Contains(page, `.SS "`+escape(name)) {
			t.Errorf("%s is missing", name)
		}
		for _, f := range c.VisibleFlags() {
			if !strings.Contains(page, "\n"+escape("-"+f.Names()[0])) {
				t.Errorf("%s: the flag %s is missing", name, f.Names()[0])
			}
		}
		for _, sub := range c.VisibleCommands() {
			look(name+" "+sub.Name, sub)
		}
	}
	look("uid2", new(app).root())
	if strings.Contains(page, "uid2 man") {
		t.Error("a hidden command is shown")
	}
	known := map[string]bool{"TH": true, "SH": true, "SS": true, "TP": true, "PP": true, "nf": true, "fi": true}
	for line := range strings.Lines(page) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if request, is := strings.CutPrefix(word, "."); is && !known[request] {
			t.Errorf("a request: %q", line)
		}
	}
}
