package bidder

import (
	"bytes"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/optout"
)

func TestReportLog(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, `level=INFO msg="the store of opt-outs is open"`},
		{optout.ErrLocked, `level=WARN msg="another process has the store of opt-outs open; raw UIDs are withheld until it leaves it"`},
		{optout.ErrDamaged, `level=ERROR msg="the store of opt-outs is damaged" error="` + strings.ReplaceAll(optout.ErrDamaged.Error(), `"`, `\"`) + `"`},
		{optout.ErrReplaced, `level=ERROR msg="the store of opt-outs takes nothing" error="` + optout.ErrReplaced.Error() + `"`},
	} {
		var log bytes.Buffer
		reportLog(slog.New(slog.NewTextHandler(&log, nil)))(c.err)
		if got := regexp.MustCompile(`(?m)^time=\S+ `).ReplaceAllString(log.String(), ""); got != c.want+"\n" {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// From outside this would take seconds: a fleet's servers are asked again no sooner.
func TestReportAway(t *testing.T) {
	var log bytes.Buffer
	report := reportUnreachable(slog.New(slog.NewTextHandler(&log, nil)))
	report(errors.New("no servers"))
	report(nil)
	const want = `level=ERROR msg="the fleet's opt-outs don't come at present" error="no servers"` + "\n" + `level=INFO msg="the fleet's opt-outs come again"` + "\n"
	if got := regexp.MustCompile(`(?m)^time=\S+ `).ReplaceAllString(log.String(), ""); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
