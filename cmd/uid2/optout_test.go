package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestOptOutFiles: what is imported is known, and exported again.
func TestOptOutFiles(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	file := filepath.Join(t.TempDir(), "optouts.db")
	out, in := s.RawUID(uid2test.TokenSpec{Email: "out@example.com"}).Reveal(), s.RawUID(uid2test.TokenSpec{Email: "in@example.com"}).Reveal()
	if got := ok(t, out+",1700000000\n", "optout", "import", "-store", file); got != "1 opt-outs added\n" {
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

// TestOptOutBackfill asks the operator, and keeps who has opted out.
func TestOptOutBackfill(t *testing.T) {
	s := local(t)
	file := filepath.Join(t.TempDir(), "optouts.db")
	out, in := s.RawUID(uid2test.TokenSpec{Email: "out@example.com"}), s.RawUID(uid2test.TokenSpec{Email: "in@example.com"})
	s.OptOut(out, time.Unix(1_700_000_000, 0))
	lines := in.Reveal() + "\nnonsense\n" + out.Reveal() + "\n"
	for _, extra := range []string{"-quiet", "-private-operator"} {
		if got := ok(t, lines, "optout", "backfill", "-store", file, extra); got != "3 lines, 1 opt-outs added\n" {
			t.Errorf("%q", got)
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

// TestOptOutBackfillResumes: started again after a failure it asks only about what is left, of the same file.
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
	s.Fail(uid2test.Fault{Path: path, Times: 1}) // the first batch goes well
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

// TestOptOutServe receives over HTTP; what it answered is in the file when it has ended.
func TestOptOutServe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "optouts.db")
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	out := newLines()
	ended := make(chan int)
	go func() {
		a := &app{in: strings.NewReader(""), out: out, err: out, now: time.Now}
		ended <- a.run(ctx, []string{"uid2", "optout", "serve", "-store", file, "-listen", "127.0.0.1:0", "-bearer-token", "t0ken"})
	}()
	line := <-out.lines
	_, addr, found := strings.Cut(strings.TrimSpace(line), "listening at ")
	if !found || !strings.HasPrefix(line, "0 users") {
		t.Fatal(line)
	}
	raw := uid2test.NewUnstartedServer().RawUID(uid2test.TokenSpec{Email: "out@example.com"}).Reveal()
	for _, c := range []struct {
		id, authorization string
		want              int
	}{{raw, "Bearer t0ken", 200}, {raw, "", 401}, {"%%identity%%", "Bearer t0ken", 200}} {
		request, err := http.NewRequestWithContext(ctx, "GET", "http://"+addr+"/?uid2="+url.QueryEscape(c.id)+"&timestamp=1700000000", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", c.authorization)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.want {
			t.Errorf("%+v: %d", c, response.StatusCode)
		}
	}
	if r := uid2(t, "", "optout", "export", "-store", file); r.code != exitInput || !strings.Contains(r.err, "in use") {
		t.Errorf("a file in use: exit code %d: %s", r.code, r.err)
	}
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if got := ok(t, "", "optout", "export", "-store", file); got != raw+",1700000000\n" {
		t.Errorf("%q", got)
	}
	if got := decode(t, ok(t, "", "optout", "quarantine", "-store", file)); len(got) != 1 || got[0]["value"] != "%%identity%%" {
		t.Error(got)
	}
	for _, args := range [][]string{{"-listen", "127.0.0.1:0"}, {"-listen", "nowhere", "-unauthenticated"}} {
		if r := uid2(t, "", append([]string{"optout", "serve", "-store", file}, args...)...); r.code == exitOK {
			t.Errorf("%v: it starts", args)
		}
	}
	if got := ok(t, "", "optout", "serve", "-store", file, "-listen", "127.0.0.1:0", "-unauthenticated", "-for", "1ms"); !strings.HasPrefix(got, "1 users") {
		t.Error(got)
	}
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
