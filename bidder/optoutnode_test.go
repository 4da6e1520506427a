package bidder

import (
	"bytes"
	"errors"
	"log/slog"
	"regexp"
	"testing"
)

// From outside this would take seconds: a fleet's servers are asked again no sooner.
func TestReportAway(t *testing.T) {
	var log bytes.Buffer
	report := reportAway(slog.New(slog.NewTextHandler(&log, nil)))
	report(errors.New("no servers"))
	report(nil)
	const want = `level=ERROR msg="the fleet's opt-outs don't come at present" error="no servers"` + "\n" + `level=INFO msg="the fleet's opt-outs come again"` + "\n"
	if got := regexp.MustCompile(`(?m)^time=\S+ `).ReplaceAllString(log.String(), ""); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
