package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

func TestMain(m *testing.M) { pbstest.Main(m) }

// play runs the program and returns its output.
func play(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	status = run(ctx, args, &out, &errs)
	return status, out.String(), errs.String()
}

// rawUIDs returns the raw UIDs of all users of the samples: local operators with the same seed have
// the same users.
func rawUIDs(t *testing.T) (all []string) {
	t.Helper()
	operators := map[string]*uid2test.Server{
		"uid2": uid2test.NewUnstartedServer(),
		"euid": uid2test.NewUnstartedServer(uid2test.WithScope(codec.ScopeEUID)),
	}
	for _, sample := range fixtures.Samples() {
		for _, token := range sample.Tokens {
			if operator := operators[token.Operator]; operator != nil {
				all = append(all, operator.RawUID(specOf(token, 0)).Reveal())
			}
		}
	}
	return all
}

func TestEverySampleComesOutAsExpected(t *testing.T) {
	status, stdout, stderr := play(t)
	if status != exitAsExpected || stderr != "" {
		t.Fatalf("exit status %d\n%s%s", status, stdout, stderr)
	}
	want := fmt.Sprintf("%d of %[1]d requests as expected", len(fixtures.Samples()))
	if !strings.Contains(stdout, want) || strings.Contains(stdout, "NOT as expected") {
		t.Errorf("no %q in\n%s", want, stdout)
	}
}

// No output, however verbose, has a raw UID.
func TestNoRawUIDIsShown(t *testing.T) {
	raws := rawUIDs(t)
	for _, args := range [][]string{{"-v"}, {"-json"}} {
		status, stdout, _ := play(t, args...)
		if status != exitAsExpected {
			t.Errorf("%s: exit status %d", args, status)
		}
		for i, raw := range raws {
			if strings.Contains(stdout, raw) {
				t.Errorf("%s shows the raw UID %d", args, i)
			}
		}
		if args[0] == "-v" && !strings.Contains(stdout, "[raw UID]") {
			t.Error("-v shows no user with a raw UID")
		}
	}
}

func TestJSON(t *testing.T) {
	status, stdout, _ := play(t, "-json")
	var got report
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	if status != exitAsExpected || !got.AsExpected || len(got.Results) != len(fixtures.Samples()) {
		t.Errorf("exit status %d, as expected %t, %d requests", status, got.AsExpected, len(got.Results))
	}
	for _, r := range got.Results {
		if r.HTTPStatus != 200 || len(r.Bidders) != len(bidderNames) || r.HooksUs <= 0 || len(r.StagesUs) != 3 {
			t.Errorf("%s: HTTP %d, %d bidders, stages %v", r.Name, r.HTTPStatus, len(r.Bidders), r.StagesUs)
		}
	}
}

// TestOptingOutLive: the user's first auction results in a bid, the second one doesn't.
func TestOptingOutLive(t *testing.T) {
	_, stdout, _ := play(t, "-json")
	var got report
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || got.Live == nil {
		t.Fatal(err)
	}
	before, after := got.Live.Before, got.Live.After
	if !got.Live.AsExpected || before.Outcome != outcomeBid || before.UIDs[0].Status != "Success" ||
		after.Outcome != outcomeNoBid || after.UIDs[0].Status != "UserOptedOut" || after.UIDs[0].HasRaw {
		t.Errorf("%+v", got.Live)
	}
	_, stdout, _ = play(t)
	if !strings.Contains(stdout, "after:  demodsp26 received [UID2 v4 UserOptedOut]: no_bid, 0.00 USD") {
		t.Errorf("%s", stdout[max(0, len(stdout)-300):])
	}
}

const ownRequest = `{"id":"mine","imp":[{"id":"1","banner":{"format":[{"w":300,"h":250}]},"ext":{"prebid":{"bidder":{
	"demodsp":{"publisherId":"1","supplySourceId":"s"}}}}}],"site":{"page":"https://example.com/"},
	"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"%s"}]}]}}`

// directory returns a directory with these files.
func directory(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOwnRequests(t *testing.T) {
	wrapped := `{"endpoint":"auction","tokens":{"a":{"operator":"uid2","version":4,"email":"user@example.com"}},"request":` +
		fmt.Sprintf(ownRequest, "${a}") + `,"expect":{"demodsp":{"outcome":%q,"uids":[{"token":"a","status":%q,"raw":true}]}}}`
	for _, test := range []struct {
		name, text string
		status     int
		shows      string
	}{
		{"a plain request", fmt.Sprintf(ownRequest, "x"), exitAsExpected, "InvalidPayload"},
		{"as expected", fmt.Sprintf(wrapped, "bid", "Success"), exitAsExpected, "1 of 1 request as expected"},
		{"another outcome", fmt.Sprintf(wrapped, "no_bid", "Success"), exitUnexpected, "demodsp: bid, expected no_bid"},
		{"another status", fmt.Sprintf(wrapped, "bid", "ExpiredToken"), exitUnexpected, "expected ExpiredToken"},
		{"refused by Prebid Server", `{"id":"x","imp":[]}`, exitUnexpected, "HTTP status 400"},
	} {
		status, stdout, stderr := play(t, "-requests", directory(t, map[string]string{"request.json": test.text}))
		if status != test.status || !strings.Contains(stdout, test.shows) || stderr != "" {
			t.Errorf("%s: exit status %d, want %d with %q\n%s%s", test.name, status, test.status, test.shows, stdout, stderr)
		}
	}
}

func TestItDoesNotStart(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		says string
	}{
		{"unknown flag", []string{"-fast"}, "-fast"},
		{"a slip", []string{"-sevre"}, "did you mean -serve?"},
		{"argument", []string{"samples"}, `unexpected argument "samples"`},
		{"no directory", []string{"-requests", filepath.Join(t.TempDir(), "none")}, "none"},
		{"empty directory", []string{"-requests", t.TempDir()}, "no *.json"},
		{"broken file", []string{"-requests", directory(t, map[string]string{"cut.json": `{"id":`})}, "cut.json"},
		{"unknown operator", []string{"-requests", directory(t, map[string]string{"r.json": `{"endpoint":"auction","tokens":{"a":{"operator":"uid3"}},"request":{"id":"${a}"}}`})}, `"uid3"`},
		{"key without operator", []string{"-api-key", "key"}, "-operator"},
		{"operator without key", []string{"-operator", "http://127.0.0.1:1", "-serve"}, "-api-key"},
		{"operator without requests", []string{"-operator", "http://127.0.0.1:1", "-api-key", "k", "-client-secret", "s"}, "-requests"},
		{"scope", []string{"-scope", "uid3"}, `"uid3"`},
		{"serving without -serve", []string{"-serve-for", "1m"}, "-serve-for: it goes with -serve, which is missing"},
		{"a page without -serve", []string{"-page", "127.0.0.1:0"}, "leave -page out"},
		{"client secret", []string{"-operator", "http://127.0.0.1:1", "-api-key", "k", "-client-secret", "no-secret", "-serve"}, "client secret"},
	} {
		status, stdout, stderr := play(t, test.args...)
		if status != exitNoStart || !strings.Contains(stderr, test.says) || stdout != "" {
			t.Errorf("%s: exit status %d\n%s%s", test.name, status, stdout, stderr)
		}
		if !strings.HasPrefix(stderr, "bidder-demo: ") || strings.Count(stderr, "\n  what to do: ") != 1 {
			t.Errorf("%s: another form: %s", test.name, stderr)
		}
		if strings.Contains(stderr, "no-secret") {
			t.Errorf("%s: the secret is shown", test.name)
		}
	}
	if status, _, stderr := play(t, "-h"); status != exitAsExpected || !strings.Contains(stderr, "-serve-for") {
		t.Errorf("-h: exit status %d\n%s", status, stderr)
	}
}

// A real operator is one outside of this program. Whether users have opted out isn't known here, so
// raw UIDs are withheld.
func TestRealOperator(t *testing.T) {
	operator := uid2test.NewServer()
	defer operator.Close()
	token := operator.Token(uid2test.TokenSpec{Email: "user@example.com"})
	dir := directory(t, map[string]string{"request.json": fmt.Sprintf(ownRequest, token)})
	t.Setenv(envClientSecret, operator.Client().ClientSecret)
	status, stdout, stderr := play(t, "-requests", dir, "-operator", operator.URL, "-api-key", operator.Client().APIKey)
	if status != exitAsExpected || !strings.Contains(stdout, "Success") || !strings.Contains(stdout, "opt-outs unknown") {
		t.Errorf("exit status %d\n%s%s", status, stdout, stderr)
	}
	t.Setenv(envAPIKey, "nobody")
	status, _, stderr = play(t, "-requests", dir, "-operator", operator.URL)
	if status != exitNoStart || !strings.Contains(stderr, "fetching UID2 keys") {
		t.Errorf("bad API key: exit status %d\n%s", status, stderr)
	}
}

// TestExamples: the flags of each example of the help are understood.
func TestExamples(t *testing.T) {
	for line := range strings.Lines(examples) {
		args, found := strings.CutPrefix(strings.TrimSpace(line), "go run ./bidder-demo")
		var stderr bytes.Buffer
		if _, err := parse(strings.Fields(args), &stderr); !found || err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}
