package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestOptOutFiles: imported opt-outs are known, and are exported again.
func TestOptOutFiles(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	file := filepath.Join(t.TempDir(), "optouts.db")
	out, in := s.RawUID(uid2test.TokenSpec{Email: "out@example.com"}).Reveal(), s.RawUID(uid2test.TokenSpec{Email: "in@example.com"}).Reveal()
	if got := ok(t, out+",1700000000\n", "optout", "import", "-store", file); got != "1 opt-out added\n" {
		t.Error(got)
	}
	checked := decode(t, ok(t, out+"\n"+in+"\nnonsense\n{\"raw_uid\":\""+out+"\"}\n", "optout", "check", "-store", file))
	if len(checked) != 4 || checked[0]["opted_out"] != true || checked[0]["since"] != 1.7e12 || checked[1]["opted_out"] != false || checked[2]["error"] == nil || checked[3]["opted_out"] != true {
		t.Error(checked)
	}
	if got := ok(t, "", "optout", "export", "-store", file); got != out+",1700000000\n" {
		t.Errorf("%q", got)
	}
	for _, csv := range []string{"canary,1\n", out + "\n", out + ",soon\n", out + ",-1\n", out + ",99999999999\n", out + ",1,2\n", "\"\n"} {
		r := uid2(t, in+",1\n"+csv, "optout", "import", "-store", file)
		if r.code != exitInput || !strings.Contains(r.err, "line 2") || strings.Contains(r.err, "canary") {
			t.Errorf("%q: exit code %d: %s", csv, r.code, r.err)
		}
	}
	if got := ok(t, in, "optout", "check", "-store", file); !strings.Contains(got, `"opted_out":false`) {
		t.Error("half of a bad file was imported")
	}
	if r := uid2(t, "", "optout", "check", "-store", filepath.Join(file, "nowhere")); r.code != exitInput {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	if r := uid2(t, "", "optout", "check"); r.code == exitOK {
		t.Error("no store is no mistake")
	}
}

// TestOptOutBackfill asks the operator, and stores the users who have opted out.
func TestOptOutBackfill(t *testing.T) {
	s := local(t)
	file := filepath.Join(t.TempDir(), "optouts.db")
	out, in := s.RawUID(uid2test.TokenSpec{Email: "out@example.com"}), s.RawUID(uid2test.TokenSpec{Email: "in@example.com"})
	s.OptOut(out, time.Unix(1_700_000_000, 0))
	lines := in.Reveal() + "\nnonsense\n" + out.Reveal() + "\n"
	for _, extra := range []string{"-quiet", "-private-operator"} {
		r := uid2(t, lines, "optout", "backfill", "-store", file, extra)
		if r.code != exitOK || r.out != "3 lines, 1 opt-out added\n" || r.err != "uid2: not asked about, as no raw UID: 1 line\n" {
			t.Errorf("%+v", r)
		}
	}
	if got := ok(t, "", "optout", "export", "-store", file); got != strings.Repeat(out.Reveal()+",1700000000\n", 2) {
		t.Errorf("%q", got)
	}
	s.Fail(uid2test.Fault{Status: 401})
	if r := uid2(t, lines, "optout", "backfill", "-store", file); r.code != exitCredentials {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

// TestOptOutBackfillResumes: after a failure, only the rest of the same file is asked about.
func TestOptOutBackfillResumes(t *testing.T) {
	s := local(t)
	store := filepath.Join(t.TempDir(), "optouts.db")
	var text strings.Builder
	const lines = 12_000 // three batches
	for i := range lines {
		uid := s.RawUID(uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i)})
		if i%100 == 0 {
			s.OptOut(uid, time.Unix(1_700_000_000, 0))
		}
		text.WriteString(uid.Reveal() + "\n")
	}
	file := write(t, text.String())
	const path = "/v2/optout/status"
	s.Fail(uid2test.Fault{Path: path, Times: 1}) // the first batch succeeds
	s.Fail(uid2test.Fault{Path: path, Status: 401})
	if r := uid2(t, "", "optout", "backfill", "-store", store, file); r.code != exitCredentials {
		t.Fatalf("exit code %d: %s", r.code, r.err)
	}
	s.Heal()
	before := s.Requests(path)
	if got := ok(t, "", "optout", "backfill", "-store", store, file); got != "12000 lines, 120 opt-outs added\n" {
		t.Error(got)
	}
	if n := s.Requests(path) - before; n != 2 {
		t.Errorf("%d batches were left", n)
	}
	if got := ok(t, "", "optout", "backfill", "-store", store, file); got != "12000 lines, 120 opt-outs added\n" {
		t.Errorf("after the end it starts anew: %s", got)
	}
	if got := ok(t, "", "optout", "compact", "-store", store); !strings.HasPrefix(got, "240 entries, 120 kept; ") {
		t.Error(got)
	}
	if got := strings.Count(ok(t, "", "optout", "export", "-store", store), ",1700000000\n"); got != 120 {
		t.Errorf("%d are left", got)
	}
	if r := uid2(t, "", "optout", "backfill", "-store", store, file, file); r.code == exitOK {
		t.Error("two files are taken")
	}
	if r := uid2(t, "", "optout", "backfill", "-store", store, file+"x"); r.code != exitInput {
		t.Errorf("no file: exit code %d", r.code)
	}
}

// TestOptOutServe receives over HTTP; what it acknowledged is in the file when it has ended.
func TestOptOutServe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "optouts.db")
	lines, stop := serve(t, "-store", file, "-bearer-token", "t0ken")
	addr := after(t, lines, "listening at ")
	after(t, lines, "0 users have opted out")
	raw := uid2test.NewUnstartedServer().RawUID(uid2test.TokenSpec{Email: "out@example.com"}).Reveal()
	for _, c := range []struct {
		id, authorization string
		want              int
	}{{raw, "Bearer t0ken", 200}, {raw, "", 401}, {"%%identity%%", "Bearer t0ken", 200}} {
		if got := webhook(t, addr, c.id, "Authorization", c.authorization); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
	if r := uid2(t, "", "optout", "export", "-store", file); r.code != exitInput || !strings.Contains(r.err, "in use") {
		t.Errorf("a file in use: exit code %d: %s", r.code, r.err)
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if got := ok(t, "", "optout", "export", "-store", file); got != raw+",1700000000\n" {
		t.Errorf("%q", got)
	}
	if got := decode(t, ok(t, "", "optout", "quarantine", "-store", file)); len(got) != 1 || got[0]["value"] != "uid2=%25%25identity%25%25&timestamp=1700000000" {
		t.Error(got)
	}
	for _, args := range [][]string{{"-listen", "127.0.0.1:0"}, {"-listen", "nowhere", "-unauthenticated"}} {
		if r := uid2(t, "", append([]string{"optout", "serve", "-store", file}, args...)...); r.code == exitOK {
			t.Errorf("%v: it starts", args)
		}
	}
	if got := ok(t, "", "optout", "serve", "-store", file, "-listen", "127.0.0.1:0", "-unauthenticated", "-for", "500ms"); !strings.Contains(got, "\n1 user has opted out") {
		t.Error(got)
	}
}

// TestOptOutServeMetrics serves the receiver's metrics at an address of its own.
func TestOptOutServeMetrics(t *testing.T) {
	lines, stop := serve(t, "-store", filepath.Join(t.TempDir(), "optouts.db"), "-unauthenticated", "-metrics", "127.0.0.1:0")
	addr, metrics := after(t, lines, "listening at "), after(t, lines, "metrics at ")
	raw := uid2test.NewUnstartedServer().RawUID(uid2test.TokenSpec{Email: "out@example.com"}).Reveal()
	if got := webhook(t, addr, raw, "", ""); got != 200 {
		t.Error(got)
	}
	text := fetch(t, metrics)
	for _, line := range []string{"uid2_optout_users 1\n", "uid2_optout_receiver_requests_total 1\n", "uid2_optout_recorded_total 1\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is missing in\n%s", line, text)
		}
	}
	if strings.Contains(text, raw) {
		t.Error("the metrics tell of somebody")
	}
	for path, want := range map[string]string{"/healthz": `{"status":"alive"}`, "/readyz": `{"status":"ready","reasons":[],"warnings":[]}`} {
		if got := fetch(t, strings.Replace(metrics, "/metrics", path, 1)); strings.TrimSpace(got) != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// TestOptOutServeSharedHeader: the webhook may be authenticated by a header of any name. Flags that
// are ambiguous, or let everybody in by mistake, are refused.
func TestOptOutServeSharedHeader(t *testing.T) {
	store, value, empty := filepath.Join(t.TempDir(), "optouts.db"), write(t, "canary\n"), write(t, "\n")
	tooMany, tab := write(t, strings.Repeat("canary\n", 9)), write(t, "canary\ncan\tary\n")
	raw := uid2test.NewUnstartedServer().RawUID(uid2test.TokenSpec{Email: "out@example.com"}).Reveal()
	for _, args := range [][]string{{"-shared-header-value", "canary"}, {"-shared-header-value-file", value}} {
		lines, stop := serve(t, append(args, "-store", store, "-shared-header", "X-Opt-Out")...)
		addr := after(t, lines, "listening at ")
		for text, want := range map[string]int{"canary": 200, "other": 401, "": 401} {
			if got := webhook(t, addr, raw, "X-Opt-Out", text); got != want {
				t.Errorf("%v: %q: %d", args, text, got)
			}
		}
		if got := webhook(t, addr, raw, "Authorization", "Bearer canary"); got != 401 {
			t.Errorf("a bearer token: %d", got)
		}
		if code := stop(); code != exitOK {
			t.Errorf("exit code %d", code)
		}
	}
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"-shared-header-value", "canary"}, exitUsage},
		{[]string{"-shared-header", "X-Opt-Out"}, exitUsage},
		{[]string{"-shared-header", "X Opt Out", "-shared-header-value", "canary"}, exitUsage},
		{[]string{"-shared-header", "X-Opt-Out", "-shared-header-value", "canary", "-bearer-token", "canary"}, exitUsage},
		{[]string{"-shared-header", "X-Opt-Out", "-shared-header-value", "canary", "-unauthenticated"}, exitUsage},
		{[]string{"-bearer-token", "canary", "-unauthenticated"}, exitUsage},
		{[]string{"-bearer-token-file", value, "-unauthenticated"}, exitUsage},
		{[]string{"-bearer-token-file", empty}, exitInput},
		{[]string{"-bearer-token-file", tooMany}, exitInput},
		{[]string{"-bearer-token-file", tab}, exitInput},
		{[]string{"-shared-header", "X-Opt-Out", "-shared-header-value-file", tab}, exitInput},
		{[]string{"-bearer-token", "canary "}, exitUsage},
		{[]string{"-bearer-token", "Bearer canary"}, exitUsage},
		{[]string{"-bearer-token", "canary", "-bearer-token-file", value}, exitUsage},
		{[]string{"-shared-header", "Host", "-shared-header-value", "canary"}, exitUsage},
		{[]string{"-shared-header", "Transfer-Encoding", "-shared-header-value", "canary"}, exitUsage},
		{[]string{"-unauthenticated", "-id-parameter", ""}, exitUsage},
		{[]string{"-unauthenticated", "-id-parameter", "timestamp"}, exitUsage},
		{[]string{"-unauthenticated", "-id-header", ""}, exitUsage},
		{[]string{"-bearer-token", "canary", "-id-header", "Authorization"}, exitUsage},
		{[]string{"-shared-header", "X-Opt-Out", "-shared-header-value-file", empty}, exitInput},
	} {
		r := uid2(t, "", append([]string{"optout", "serve", "-store", store, "-listen", "127.0.0.1:0", "-for", "1ms"}, c.args...)...)
		if r.code != c.code || strings.Contains(r.err+r.out, "canary") {
			t.Errorf("%v: exit code %d: %s", c.args, r.code, r.err)
		}
	}
}

// TestOptOutServeIDHeader: the webhook may send the raw UID in a header field.
func TestOptOutServeIDHeader(t *testing.T) {
	store := filepath.Join(t.TempDir(), "optouts.db")
	lines, stop := serve(t, "-store", store, "-unauthenticated", "-id-header", "X-Uid")
	addr := after(t, lines, "listening at ")
	raw := uid2test.NewUnstartedServer().RawUID(uid2test.TokenSpec{Email: "out@example.com"}).Reveal()
	if got := webhook(t, addr, "", "X-Uid", raw); got != 200 {
		t.Error(got)
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if got := ok(t, "", "optout", "export", "-store", store); got != raw+",1700000000\n" {
		t.Errorf("%q", got)
	}
}

// TestOptOutFleet: what is received at one node, and what is imported or backfilled at another one,
// is known to both, through a stream of a real server.
func TestOptOutFleet(t *testing.T) {
	cluster := natstest.Start(t, 1, natstest.Options{})
	operator := local(t)
	t.Setenv("UID2_NATS_URLS", cluster.URLs())
	dir := t.TempDir()
	here, there := filepath.Join(dir, "here"), filepath.Join(dir, "there")
	uid := func(name string) codec.RawUID {
		return operator.RawUID(uid2test.TokenSpec{Email: name + "@example.com"})
	}
	imported, received, asked := uid("imported").Reveal(), uid("received").Reveal(), uid("asked").Reveal()
	operator.OptOut(uid("asked"), time.Unix(1_700_000_000, 0))

	lines, stop := serve(t, "-store", here, "-unauthenticated", "-metrics", "127.0.0.1:0")
	addr, metrics := after(t, lines, "listening at "), after(t, lines, "metrics at ")
	after(t, lines, "0 users have opted out")
	if got := ok(t, imported+",1700000000\n", "optout", "import", "-store", there); got != "1 opt-out added\n" {
		t.Error(got)
	}
	if got := webhook(t, addr, received, "", ""); got != 200 {
		t.Error(got)
	}
	if got := ok(t, asked+"\n", "optout", "backfill", "-store", there, "-nats-urls", cluster.URLs()); got != "1 line, 1 opt-out added\n" {
		t.Error(got)
	}
	want := imported + ",1700000000\n" + received + ",1700000000\n" + asked + ",1700000000\n"
	if got := ok(t, "", "optout", "export", "-store", there); got != want {
		t.Errorf("the copy where it was imported: %q", got)
	}
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(fetch(t, metrics), "uid2_optout_users 3\n"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the receiver doesn't get what was imported")
		}
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if got := ok(t, "", "optout", "export", "-store", here); got != want {
		t.Errorf("the copy where it was received: %q", got)
	}
}

// TestOptOutFleetAway: a receiver serves at once, and answers that it can't store anything until
// the stream can be reached.
func TestOptOutFleetAway(t *testing.T) {
	cluster := natstest.Start(t, 1, natstest.Options{})
	cluster.Stop(0)
	lines, stop := serve(t, "-store", filepath.Join(t.TempDir(), "optouts.db"), "-unauthenticated", "-nats-urls", cluster.URLs(), "-metrics", "127.0.0.1:0")
	addr, metrics := after(t, lines, "listening at "), after(t, lines, "metrics at ")
	raw := uid2test.NewUnstartedServer().RawUID(uid2test.TokenSpec{Email: "out@example.com"}).Reveal()
	if got := webhook(t, addr, raw, "", ""); got != 503 {
		t.Error(got)
	}
	after(t, lines, "uid2: nothing comes from the fleet's stream")
	// A refused connection would not be repeated, so the receiver stays in service.
	if got := fetch(t, strings.Replace(metrics, "/metrics", "/readyz", 1)); !strings.HasPrefix(got, `{"status":"ready","reasons":[],"warnings":[`) || !strings.Contains(got, `"code":"stream_away"`) {
		t.Error(got)
	}
	cluster.Start(0)
	after(t, lines, "0 users have opted out")
	if got := webhook(t, addr, raw, "", ""); got != 200 {
		t.Error(got)
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// TestOptOutFleetMistakes: a stream that forgets is not used, and flags that make no sense are
// refused.
func TestOptOutFleetMistakes(t *testing.T) {
	cluster := natstest.Start(t, 1, natstest.Options{})
	conn, err := nats.Connect(cluster.URLs())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "FORGETS", Subjects: []string{"forgets"}, MaxAge: time.Hour}); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(t.TempDir(), "optouts.db")
	bad := []string{"-nats-urls", cluster.URLs(), "-nats-stream", "FORGETS", "-nats-subject", "forgets"}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{append([]string{"serve", "-listen", "127.0.0.1:0", "-unauthenticated", "-for", "2s"}, bad...), exitOK, "for ever"},
		{append([]string{"import"}, bad...), exitInput, "for ever"},
		{[]string{"import", "-nats-stream", "OPTOUTS"}, exitUsage, "-nats-urls"},
		{[]string{"import", "-nats-urls", cluster.URLs(), "-nats-replicas", "0"}, exitUsage, "1 or more"},
		{[]string{"import", "-nats-urls", "nats://user:canary@127.0.0.1:port"}, exitUsage, "NATS"},
		{[]string{"import", "-nats-urls", "http://user:canary@127.0.0.1:4222"}, exitUsage, "NATS has no http://"},
		{[]string{"import", "-nats-urls", cluster.URLs(), "-nats-ca", store + ".none"}, exitInput, "-nats-ca"},
		{[]string{"import", "-nats-urls", cluster.URLs(), "-nats-credentials", store + ".none"}, exitInput, "-nats-credentials"},
	} {
		r := uid2(t, "", append(append([]string{"optout"}, c.args...), "-store", store)...)
		if r.code != c.code || !strings.Contains(r.err, c.says) || strings.Contains(r.err, "canary") {
			t.Errorf("%v: exit code %d: %s", c.args, r.code, r.err)
		}
	}
	t.Setenv("UID2_NATS_URLS", "nats://user:canary@127.0.0.1:4222")
	t.Setenv("UID2_OPTOUT_HEADER_VALUE", "canary")
	for _, command := range []string{"serve", "import", "backfill"} {
		if got := ok(t, "", "optout", command, "-h"); !strings.Contains(got, "-nats-urls") || strings.Contains(got, "canary") {
			t.Errorf("help of %s:\n%s", command, got)
		}
	}
}

// serve starts a receiver at a free port. stop ends it and returns its exit code.
func serve(t *testing.T, args ...string) (lines <-chan string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	out, ended := newLines(), make(chan int, 1)
	go func() {
		a := &app{in: strings.NewReader(""), out: out, err: out, now: time.Now}
		ended <- a.run(ctx, append([]string{"uid2", "optout", "serve", "-listen", "127.0.0.1:0"}, args...))
	}()
	return out.lines, func() int {
		cancel()
		return <-ended
	}
}

// after waits for a line with a prefix, and returns the rest of the line.
func after(t *testing.T, lines <-chan string, prefix string) string {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case line := <-lines:
			if rest, found := strings.CutPrefix(strings.TrimSpace(line), prefix); found {
				return rest
			}
			t.Log(line)
		case <-timeout:
			t.Fatalf("no line begins with %q", prefix)
		}
	}
}

// webhook sends an opt-out to the receiver, with a header if it has a name, and returns the status.
func webhook(t *testing.T, addr, id, header, value string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+addr+"/?uid2="+url.QueryEscape(id)+"&timestamp=1700000000", nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != "" {
		request.Header.Set(header, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// newLines is an output whose lines can be waited for.
func newLines() *lineWriter { return &lineWriter{lines: make(chan string, 16)} }

type lineWriter struct {
	lines chan string
	rest  bytes.Buffer
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest.Write(p)
	for {
		line, err := w.rest.ReadString('\n')
		if err != nil {
			w.rest.WriteString(line)
			return len(p), nil
		}
		w.lines <- line
	}
}
