package bidder_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// codes are those of a report: its reasons, and behind "|" its warnings.
func codes(r bidder.HealthReport) string {
	var all []string
	for _, p := range r.Reasons {
		all = append(all, strings.TrimSpace(p.Code+" "+p.Scope))
	}
	all = append(all, "|")
	for _, p := range r.Warnings {
		all = append(all, strings.TrimSpace(p.Code+" "+p.Scope))
	}
	return strings.Join(all, " ")
}

func wantCodes(t *testing.T, when string, r bidder.HealthReport, want string) {
	t.Helper()
	if got := codes(r); got != want || r.Ready() != strings.HasPrefix(want, "|") {
		t.Errorf("%s: %+v, want %s", when, r, want)
	}
	for _, p := range append(r.Reasons, r.Warnings...) {
		if p.Text == "" {
			t.Errorf("%s: %s has no text", when, p.Code)
		}
	}
}

// Each thing that keeps raw UIDs back is a reason, with the scope whose operator it is about.
func TestReportOfKeys(t *testing.T) {
	uid2, euid := startServer(t), startServer(t, uid2test.WithScope(codec.ScopeEUID))
	cfg := bidder.Config{
		Operators: []bidder.Operator{operatorOf(t, uid2, codec.ScopeUID2), operatorOf(t, euid, codec.ScopeEUID)},
		OptOuts:   bidder.OptOuts{Source: new(bidstream.MemoryOptOuts)},
	}
	cfg.Operators[0].CacheFile = filepath.Join(t.TempDir(), "keys")
	b := open(t, cfg)
	wantCodes(t, "all is well", b.HealthReport(time.Now()), "|")
	wantCodes(t, "in twenty years", b.HealthReport(time.Now().AddDate(20, 0, 0)), "keys_expired UID2 keys_expired EUID |")
	closeNow(t, b)

	uid2.Fail(uid2test.Fault{Status: http.StatusForbidden})
	euid.Fail(uid2test.Fault{Status: http.StatusForbidden})
	b = start(t, cfg)
	eventually(t, "refused", func() bool {
		return b.Keys(codec.ScopeUID2).LastError() != nil && b.Keys(codec.ScopeEUID).LastError() != nil
	})
	report := b.HealthReport(time.Now())
	wantCodes(t, "the operators refuse", report, "keys_missing EUID | keys_not_refreshed UID2")
	if !strings.Contains(report.Reasons[0].Text, "403") || !strings.Contains(report.Warnings[0].Text, "403") {
		t.Errorf("%+v", report)
	}
}

// While opt-outs are unknown, a Bidder is ready only if they needn't be known.
func TestReportOfUnreadOptOuts(t *testing.T) {
	server := startServer(t)
	cfg := bidder.Config{Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}}
	for send, want := range map[bool]string{false: "opt_outs_unread |", true: "| opt_outs_unread"} {
		gate := make(chan struct{})
		cfg.OptOuts = fedStore(t)
		cfg.OptOuts.SendUnknown = send
		cfg.OptOuts.Fleet = func(local *optout.File, _ *slog.Logger) (optout.Log, error) { return gated{local, gate}, nil }
		b := start(t, cfg)
		eventually(t, "keys", func() bool { return b.Keys(codec.ScopeUID2).Ready() })
		wantCodes(t, "unread", b.HealthReport(time.Now()), want)
		wantCodes(t, "a receiver may begin at once", bidder.ReceiverHealth(b.OptOuts(), nil, time.Now()), "| opt_outs_unread")
		close(gate)
		if err := b.WaitReady(context.Background()); err != nil {
			t.Fatal(err)
		}
		wantCodes(t, "read", b.HealthReport(time.Now()), "|")
	}
}

// A store that another process has open is waited for.
func TestReportOfLockedStore(t *testing.T) {
	server := startServer(t)
	cfg := bidder.Config{Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}, OptOuts: fedStore(t)}
	other, err := optout.OpenFile(cfg.OptOuts.Store)
	if err != nil {
		t.Fatal(err)
	}
	b := start(t, cfg)
	eventually(t, "keys", func() bool { return b.Keys(codec.ScopeUID2).Ready() })
	eventually(t, "locked", func() bool { return codes(b.HealthReport(time.Now())) == "store_locked |" })
	wantCodes(t, "a receiver can't begin", bidder.ReceiverHealth(b.OptOuts(), nil, time.Now()), "store_locked |")
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "open", func() bool { return codes(b.HealthReport(time.Now())) == "|" })
}

// A log that can't be read is a reason for everybody.
func TestReportOfUnreadableOptOuts(t *testing.T) {
	server := startServer(t)
	cfg := bidder.Config{Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}, OptOuts: fedStore(t)}
	cfg.OptOuts.Fleet = func(local *optout.File, _ *slog.Logger) (optout.Log, error) {
		return unreadable{local, errors.New("the disk is broken")}, nil
	}
	b := start(t, cfg)
	eventually(t, "keys", func() bool { return b.Keys(codec.ScopeUID2).Ready() })
	eventually(t, "unreadable", func() bool { return codes(b.HealthReport(time.Now())) == "opt_outs_unreadable |" })
	wantCodes(t, "receiver", bidder.ReceiverHealth(b.OptOuts(), nil, time.Now()), "opt_outs_unreadable |")
}

// failing is a log to which nothing can be added while there is an error.
type failing struct {
	optout.Log
	err *error
}

func (f failing) Append(ctx context.Context, e optout.Entry) error {
	if *f.err != nil {
		return *f.err
	}
	return f.Log.Append(ctx, e)
}

// A receiver whose disk fails is out of service for a while, and not for ever: it couldn't show
// that the disk is well again if nobody came.
func TestReportOfFailingStore(t *testing.T) {
	server := startServer(t)
	var fault error
	file, err := optout.OpenFile(fedStore(t).Store)
	if err != nil {
		t.Fatal(err)
	}
	opened := optout.Open(failing{file, &fault})
	defer opened.Close()
	if err := opened.WaitSynced(context.Background()); err != nil {
		t.Fatal(err)
	}
	users := 0
	record := func(of error) { // somebody new each time: who is known isn't added again
		fault = of
		users++
		if err := opened.Record(context.Background(), server.RawUID(uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", users)}), 1); !errors.Is(err, of) {
			t.Errorf("%v instead of %v", err, of)
		}
	}
	for _, step := range []struct {
		fault error
		want  string
	}{
		{nil, "|"}, {errors.New("no space"), "store_fails |"}, {nil, "|"}, {errors.New("no space"), "store_fails |"},
	} {
		record(step.fault)
		wantCodes(t, "after a record", bidder.ReceiverHealth(opened, nil, time.Now()), step.want)
	}
	wantCodes(t, "a minute later", bidder.ReceiverHealth(opened, nil, time.Now().Add(time.Minute)), "|")
	for _, ofNobody := range []error{optout.ErrUnreachable, optout.ErrStream, context.Canceled} {
		record(nil)
		record(ofNobody)
		wantCodes(t, ofNobody.Error(), bidder.ReceiverHealth(opened, nil, time.Now()), "|")
	}
}

// A program adds what it knows itself, and nothing is shared between two reports.
func TestReportWarn(t *testing.T) {
	one := bidder.HealthReport{Warnings: make([]bidder.Problem, 0, 4)}
	two, three := one.Warn(bidder.Problem{Code: "a", Text: "a"}), one.Warn(bidder.Problem{Code: "b", Text: "b"})
	if codes(one) != "|" || codes(two) != "| a" || codes(three) != "| b" || !two.Ready() {
		t.Error(one, two, three)
	}
}

func TestHealthHandler(t *testing.T) {
	reason := bidder.Problem{Code: bidder.CodeKeysMissing, Scope: "EUID", Text: `no "keys"`}
	warning := bidder.Problem{Code: bidder.CodeStreamAway, Text: "away"}
	for _, c := range []struct {
		method, path string
		report       bidder.HealthReport
		status       int
		body         string
	}{
		{"GET", "/healthz", bidder.HealthReport{Reasons: []bidder.Problem{reason}}, 200, `{"status":"alive"}`},
		{"GET", "/readyz", bidder.HealthReport{}, 200, `{"status":"ready","reasons":[],"warnings":[]}`},
		{"GET", "/readyz", bidder.HealthReport{Warnings: []bidder.Problem{warning}}, 200, `{"status":"ready","reasons":[],"warnings":[{"code":"stream_away","text":"away"}]}`},
		{"GET", "/readyz?x=1", bidder.HealthReport{Reasons: []bidder.Problem{reason}, Warnings: []bidder.Problem{warning}}, 503,
			`{"status":"not_ready","reasons":[{"code":"keys_missing","scope":"EUID","text":"no \"keys\""}],"warnings":[{"code":"stream_away","text":"away"}]}`},
		{"HEAD", "/readyz", bidder.HealthReport{Reasons: []bidder.Problem{reason}}, 503, ""},
		{"HEAD", "/healthz", bidder.HealthReport{}, 200, ""},
		{"POST", "/readyz", bidder.HealthReport{}, 405, ""},
		{"PUT", "/healthz", bidder.HealthReport{}, 405, ""},
		{"GET", "/", bidder.HealthReport{}, 404, ""},
		{"GET", "/readyz/x", bidder.HealthReport{}, 404, ""},
	} {
		server := httptest.NewServer(bidder.HealthHandler(func(time.Time) bidder.HealthReport { return c.report }))
		request, err := http.NewRequest(c.method, server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		server.Close()
		if response.StatusCode != c.status || err != nil {
			t.Errorf("%s %s: %d, %v", c.method, c.path, response.StatusCode, err)
		}
		if c.status == 404 || c.status == 405 {
			continue
		}
		header := map[string]string{}
		for name := range response.Header {
			if name != "Date" && name != "Content-Length" {
				header[name] = response.Header.Get(name)
			}
		}
		if want := map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}; !reflect.DeepEqual(header, want) {
			t.Errorf("%s %s: %v", c.method, c.path, header)
		}
		if strings.TrimSuffix(string(body), "\n") != c.body || c.body != "" && !json.Valid(body) {
			t.Errorf("%s %s: %s", c.method, c.path, body)
		}
	}
}
