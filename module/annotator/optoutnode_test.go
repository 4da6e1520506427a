package annotator

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"regexp"
	"testing"
	"time"
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

// From outside each of the receiver's limits would take as long as it is. What net/http logs would quote what strangers send.
func TestReceiverLimits(t *testing.T) {
	n, err := startOptOuts(OptOutConfig{Store: filepath.Join(t.TempDir(), "optouts.db"), Listen: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	for name, limit := range map[string]time.Duration{
		"ReadHeaderTimeout": n.server.ReadHeaderTimeout,
		"ReadTimeout":       n.server.ReadTimeout,
		"IdleTimeout":       n.server.IdleTimeout,
	} {
		if limit < time.Second || limit > 5*time.Minute {
			t.Errorf("%s: %v", name, limit)
		}
	}
	if n.server.ErrorLog == nil {
		t.Error("net/http logs by itself")
	}
}
