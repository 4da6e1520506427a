package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// result is the result of running the program.
type result struct {
	code     int
	out, err string
}

func uid2(t testing.TB, in string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader(in), out: &out, err: &errs, now: time.Now}
	code := a.run(ctx, append([]string{"uid2"}, args...))
	return result{code, out.String(), errs.String()}
}

// ok is like uid2, but must succeed.
func ok(t testing.TB, in string, args ...string) string {
	t.Helper()
	r := uid2(t, in, args...)
	if r.code != 0 || r.err != "" {
		t.Fatalf("%v: exit code %d: %s", args, r.code, r.err)
	}
	return r.out
}

func write(t testing.TB, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// local starts an operator and sets its credentials in the environment.
func local(t *testing.T, opts ...uid2test.Option) *uid2test.Server {
	t.Helper()
	s := uid2test.NewServer(opts...)
	t.Cleanup(s.Close)
	t.Setenv("UID2_BASE_URL", s.URL)
	t.Setenv("UID2_API_KEY", s.Client().APIKey)
	t.Setenv("UID2_CLIENT_SECRET", s.Client().ClientSecret)
	return s
}

func golden(t testing.TB) (path string) {
	t.Helper()
	return write(t, string(fixtures.Answer("golden-uid2")))
}

// goldenNow is the time at which the golden tokens are decrypted.
const goldenNow = "2026-01-15T12:00:00Z"

// decode parses lines of JSON.
func decode(t testing.TB, text string) (objects []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		objects = append(objects, object)
	}
	return objects
}

// TestOneDashOrTwo: flags work as documented, before and after the command.
func TestOneDashOrTwo(t *testing.T) {
	keys := golden(t)
	want := ok(t, "", "keys", "-keys", keys, "-json", "-now", goldenNow)
	for _, args := range [][]string{
		{"keys", "--keys", keys, "--json", "--now", goldenNow},
		{"keys", "-keys=" + keys, "-json=true", "-now=" + goldenNow},
		{"-json", "keys", "--keys=" + keys, "--now", goldenNow},
	} {
		if got := ok(t, "", args...); got != want {
			t.Errorf("%v: %s", args, got)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	keys := golden(t)
	for _, args := range [][]string{
		{"nonsense"}, {"decrypt", "-nonsense"}, {"decrypt", "-keys"}, {"decrypt", "-keys", keys, "token"}, {"decrypt", "-keys", keys, "-now", "today"},
		{"decrypt", "-keys", keys, "-role", "publisher"}, {"decrypt"}, {"keys"}, {"generate"}, {"generate", "-email", "a@b", "-phone", "+12345678901"},
		{"operator", "-addr", "0.0.0.0:0"}, {"operator", "-scope", "UID3"}, {"buckets"}, {"map", "-kind", "name"}, {"optout", "nonsense"},
		{"refresh", "a", "b"}, {"decrypt", "-base-url", "http://127.0.0.1:1", "-api-key", "k", "-client-secret", "canary"},
	} {
		if r := uid2(t, "", args...); r.code != exitUsage || !strings.HasPrefix(r.err, "uid2: ") || strings.Count(r.err, "\n  what to do: ") != 1 || strings.Contains(r.err, "canary") {
			t.Errorf("%v: exit code %d: %s", args, r.code, r.err)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Setenv("UID2_CLIENT_SECRET", "canary")
	t.Setenv("UID2_API_KEY", "canary")
	for _, command := range append([]string{""}, strings.Fields("decrypt encrypt inspect keys generate refresh map buckets optout annotate serve operator")...) {
		args := append(strings.Fields(command), "-h")
		out := ok(t, "", args...)
		if !strings.Contains(out, "uid2 "+command) || strings.Contains(out, "canary") {
			t.Errorf("help of %q:\n%s", command, out)
		}
		if command != "" && command != "optout" && !strings.Contains(out, "Examples:") {
			t.Errorf("help of %q has no example", command)
		}
	}
	if out := ok(t, ""); !strings.Contains(out, "Exit codes:") {
		t.Errorf("without a command: %s", out)
	}
	for shell, word := range map[string]string{"bash": "uid2", "zsh": "uid2", "fish": "uid2", "pwsh": "ArgumentCompleter"} {
		if out := ok(t, "", "completion", shell); !strings.Contains(out, word) {
			t.Errorf("completion of %s:\n%s", shell, out)
		}
	}
	if out := ok(t, "", "-version"); !strings.Contains(out, "0.1.0") {
		t.Error(out)
	}
}

// TestExitCodes distinguishes the ways in which an operator can fail.
func TestExitCodes(t *testing.T) {
	s := local(t)
	for want, fault := range map[int]uid2test.Fault{
		exitUnavailable: {Status: 503}, exitCredentials: {Status: 401}, exitFailure: {Status: 404}, exitInput: {Body: []byte(`{"status":"success","body":{}}`)},
	} {
		s.Fail(fault)
		if r := uid2(t, "", "keys"); r.code != want || r.out != "" || strings.Count(r.err, "\n") != 2 || !strings.Contains(r.err, "\n  what to do: ") {
			t.Errorf("%+v: exit code %d, want %d: %s", fault, r.code, want, r.err)
		}
		s.Heal()
	}
	if r := uid2(t, "", "keys", "-keys", "no such file"); r.code != exitInput {
		t.Errorf("no file: exit code %d", r.code)
	}
	if r := uid2(t, "", "generate", "-email", "canary"); r.code != exitInput || strings.Contains(r.err, "canary") {
		t.Errorf("no email: exit code %d: %s", r.code, r.err)
	}
	if r := uid2(t, "", "refresh", write(t, "canary")); r.code != exitInput || strings.Contains(r.err, "canary") {
		t.Errorf("no identity: exit code %d: %s", r.code, r.err)
	}
}

// TestWhatGoesWrong: every error says what is wrong and what to do about it, and shows nothing
// secret.
func TestWhatGoesWrong(t *testing.T) {
	s := local(t)
	redirect := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusFound))
	defer redirect.Close()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>canary</html>") }))
	defer page.Close()
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	other := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("canary??"), 4))
	for note, c := range map[string]struct {
		args  []string
		fault uid2test.Fault
		code  int
		says  string
	}{
		"a wrong secret": {args: []string{"-client-secret", other}, code: exitCredentials, says: "check the client secret"},
		"a revoked key":  {args: []string{"-api-key", "canary"}, code: exitCredentials, says: "check the API key"},
		"a skewed clock": {fault: uid2test.Fault{Status: 400, Body: []byte(`{"status":"client_error","message":"Invalid timestamp: canary"}`)}, code: exitCredentials, says: "clock"},
		"throttled":      {fault: uid2test.Fault{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}, code: exitUnavailable, says: "wait a while"},
		"a redirect":     {args: []string{"-base-url", redirect.URL}, code: exitFailure, says: "a redirect"},
		"a web page":     {args: []string{"-base-url", page.URL}, code: exitFailure, says: "check that the base URL is an operator's"},
		"no server":      {args: []string{"-base-url", "http://127.0.0.1:1"}, code: exitUnavailable, says: "check the base URL"},
		"a slow answer":  {args: []string{"-timeout", "30ms"}, fault: uid2test.Fault{Delay: time.Minute}, code: exitUnavailable, says: "no answer in time"},
		"an endless one": {args: []string{"-base-url", endless.URL}, code: exitFailure, says: "larger than the client's limit"},
		"no URL":         {args: []string{"-base-url", "canary"}, code: exitUsage, says: "base URL"},
	} {
		if c.fault.Status != 0 || c.fault.Delay != 0 {
			s.Fail(c.fault)
		}
		r := uid2(t, "", append([]string{"keys"}, c.args...)...)
		if r.code != c.code || r.out != "" || strings.Count(r.err, "\n") != 2 || !strings.Contains(r.err, c.says) || !strings.Contains(r.err, "\n  what to do: ") || strings.Contains(r.err, "canary") {
			t.Errorf("%s: exit code %d, want %d: %s%s", note, r.code, c.code, r.out, r.err)
		}
		s.Heal()
	}
}

// TestCredentials come from flags, files and the environment, and flags win.
func TestCredentials(t *testing.T) {
	s := local(t)
	p := s.Client()
	apiKey, secret := write(t, p.APIKey+"\n"), write(t, p.ClientSecret+"\n")
	t.Setenv("UID2_API_KEY", "")
	t.Setenv("UID2_CLIENT_SECRET", "")
	for _, args := range [][]string{
		{"-api-key", p.APIKey, "-client-secret", p.ClientSecret},
		{"-api-key-file", apiKey, "-client-secret-file", secret},
		{"-api-key", p.APIKey, "-client-secret-file", secret, "-api-key-file", "no such file"},
	} {
		ok(t, "", append([]string{"keys"}, args...)...)
		ok(t, "", append(args, "keys")...)
	}
	if r := uid2(t, "", "keys", "-api-key-file", "no such file"); r.code != exitInput {
		t.Errorf("no such file: exit code %d: %s", r.code, r.err)
	}
}

func TestOperator(t *testing.T) {
	out := ok(t, "", "operator", "-for", "1ms", "-scope", "EUID", "-seed", "7")
	for _, name := range []string{"export UID2_BASE_URL='http://127.0.0.1:", "export UID2_API_KEY='EUID-C-L-", "export UID2_CLIENT_SECRET='"} {
		if !strings.Contains(out, name) {
			t.Errorf("%s is missing in %s", name, out)
		}
	}
	if o := decode(t, ok(t, "", "operator", "-for", "1ms", "-json")); o[0]["base_url"] == nil || o[0]["api_key"] == nil || o[0]["client_secret"] == nil {
		t.Error(o)
	}
	taken := uid2test.NewServer()
	defer taken.Close()
	if r := uid2(t, "", "operator", "-for", "1ms", "-addr", strings.TrimPrefix(taken.URL, "http://")); r.code != exitFailure {
		t.Errorf("a taken port: exit code %d: %s", r.code, r.err)
	}
}
