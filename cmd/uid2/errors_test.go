//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/advice/advicetest"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// provoked are command lines that fail, run in a directory with the files of mistakes. A secret in
// them, or in their input, is called canary.
var provoked = []struct {
	code int
	args string
	do   string // a part of what to do
}{
	{exitUsage, "nonsense", "uid2 -h shows what there is"},
	{exitUsage, "decript", "did you mean decrypt?"},
	{exitUsage, "optout statsu", "did you mean status?"},
	{exitUsage, "optout canary", "uid2 optout -h"},
	{exitFailure, "help encrpyt", "did you mean encrypt?"},
	{exitFailure, "completion tcsh", "uid2 -h"},
	{exitUsage, "decrypt -kyes keys.json", "did you mean -keys?"},
	{exitUsage, "decrypt --kyes keys.json", "did you mean -keys?"},
	{exitUsage, "decrypt -zzz", "uid2 decrypt -h"},
	{exitUsage, "-api-kye canary keys", "did you mean -api-key?"},
	{exitUsage, "decrypt -keys", "write -keys FILE"},
	{exitInput, "decrypt -keys none.json", "uid2 keys -raw"},
	{exitInput, "decrypt -keys empty.json", "uid2 keys -raw"},
	{exitInput, "decrypt -keys canary.txt", "uid2 keys -raw"},
	{exitInput, "decrypt -keys .", "uid2 keys -raw"},
	{exitInput, "keys -keys canary.txt", "uid2 keys -raw"},
	{exitInput, "encrypt -keys none.json", "uid2 keys -raw"},
	{exitUsage, "decrypt -now canary", "write -now TIME"},
	{exitUsage, "decrypt -role canary", "bidstream (a bidder)"},
	{exitUsage, "decrypt canary", "echo … | uid2 decrypt"},
	{exitUsage, "decrypt -timeout canary", "write -timeout TIME"},
	{exitUsage, "encrypt -keyset canary", "write -keyset ID"},
	{exitUsage, "-base-url= keys", "UID2_BASE_URL"},
	{exitUsage, "-api-key= keys", "UID2_API_KEY"},
	{exitUsage, "-client-secret= keys", "UID2_CLIENT_SECRET"},
	{exitUsage, "-client-secret canary keys", "base64 of 32 bytes"},
	{exitInput, "-client-secret= keys -client-secret-file none", "check the path"},
	{exitUsage, "-base-url canary keys", "correct the flag"},
	{exitUsage, "-base-url http://user:canary@192.0.2.1 keys", "correct the flag"},
	{exitUnavailable, "-base-url http://127.0.0.1:1 keys", "uid2 doctor"},
	{exitUsage, "-proxy canary: keys", "correct the flag"},
	{exitUsage, "-ca-file none keys", "correct the flag"},
	{exitUsage, "-ca-file canary.txt keys", "correct the flag"},
	{exitUsage, "-timeout -1s keys", "correct the flag"},
	{exitUnavailable, "-timeout 1ns keys", "uid2 doctor"},
	{exitCredentials, "-api-key canary keys", "check the API key"},
	{exitUsage, "generate", "exactly one of them"},
	{exitUsage, "generate -email canary@example.com -phone +12345678901", "exactly one of them"},
	{exitInput, "generate -email canary", "user@example.com"},
	{exitInput, "generate -phone canary", "+12345678901"},
	{exitInput, "generate -email-hash canary", "SHA-256"},
	{exitInput, "generate -phone-hash -", "SHA-256"},
	{exitNoToken, "generate -email optout@example.com", "use no token"},
	{exitInput, "refresh", "uid2 generate printed"},
	{exitInput, "refresh none.json", "check the path"},
	{exitInput, "refresh canary.txt", "uid2 generate printed"},
	{exitUsage, "refresh a b", "uid2 refresh -h"},
	{exitUsage, "map -kind canary", "write -kind KIND"},
	{exitUsage, "map -v2=canary", "write -v2, or leave it out"},
	{exitUsage, "buckets", "write -since TIME"},
	{exitUsage, "buckets -since canary", "write -since TIME"},
	{exitUsage, "optout import", "write -store FILE"},
	{exitInput, "optout backfill -store none/store", "a directory that is there"},
	{exitInput, "optout import -store store", "correct or remove the line"},
	{exitInput, "optout verify -store none", "check the path of -store"},
	{exitDamaged, "optout verify -store canary.txt", "uid2 optout repair -store canary.txt"},
	{exitInput, "optout compact -store none", "check the path of -store"},
	{exitDamaged, "optout compact -store canary.txt", "uid2 optout repair"},
	{exitInput, "optout repair -store none", "check the path of -store"},
	{exitDamaged, "optout repair -store canary.txt", "-accept-loss"},
	{exitInput, "optout export -store none", "check the path of -store"},
	{exitDamaged, "optout export -store canary.txt", "uid2 optout verify"},
	{exitDamaged, "optout check -store canary.txt", "uid2 optout verify"},
	{exitInput, "optout quarantine -store none", "check the path of -store"},
	{exitInput, "optout backfill -store store none.txt", "check the path"},
	{exitUsage, "optout backfill -store store a b", "uid2 optout backfill -h"},
	{exitInput, "optout backfill -store locked", "stop the process that has it open"},
	{exitInput, "optout check -store locked", "stop the process that has it open"},
	{exitUsage, "optout serve", "write -listen ADDRESS"},
	{exitFailure, "optout serve -store store -unauthenticated -listen canary", "127.0.0.1:8300"},
	{exitFailure, "optout serve -store store -unauthenticated -listen TAKEN", "choose another port"},
	{exitFailure, "optout serve -store store -unauthenticated -listen 127.0.0.1:0 -metrics TAKEN", "choose another port"},
	{exitUsage, "optout serve -store store -unauthenticated -listen systemd", ".socket unit"},
	{exitUsage, "optout serve -store store -listen 127.0.0.1:0", "UID2_OPTOUT_TOKEN"},
	{exitInput, "optout serve -store store -listen 127.0.0.1:0 -bearer-token-file none", "check the path"},
	{exitUsage, "optout serve -store store -listen 127.0.0.1:0 -bearer-token canary -unauthenticated", "keep the one"},
	{exitUsage, "optout serve -store store -listen 127.0.0.1:0 -bearer-token canary -bearer-token-file canary.txt", "keep the file"},
	{exitUsage, "optout serve -store store -listen 127.0.0.1:0 -shared-header-value canary", "-shared-header NAME"},
	{exitUsage, "optout serve -store store -listen 127.0.0.1:0 -unauthenticated -id-parameter=", "write -id-parameter NAME"},
	{exitUsage, "optout serve -store store -listen 127.0.0.1:0 -unauthenticated -nats-stream X", "-nats-urls URLS"},
	{exitUsage, "optout backfill -store store -nats-urls x://canary@127.0.0.1", "docs/fleet.md"},
	{exitUsage, "optout import -store store -nats-urls nats://127.0.0.1:1 -nats-replicas 0", "write -nats-replicas NUMBER"},
	{exitInput, "optout backfill -store store -nats-urls nats://127.0.0.1:1 -nats-ca none", "check the path"},
	{exitUsage, "annotate", "-when-unknown send"},
	{exitInput, "annotate -config none.json", "docs/configuration.md"},
	{exitInput, "annotate -config empty.json", "docs/configuration.md"},
	{exitInput, "annotate -config canary.txt", "docs/configuration.md"},
	{exitUsage, "annotate -config empty.json -scope UID2", "leave -scope out"},
	{exitUsage, "annotate -when-unknown canary", "write -when-unknown"},
	{exitUnavailable, "annotate -when-unknown send -base-url http://127.0.0.1:1 -timeout 50ms", "uid2 doctor"},
	{exitUsage, "serve", "write -listen ADDRESS"},
	{exitUsage, "serve -config empty.json -listen 0.0.0.0:1", "-any-address"},
	{exitUsage, "serve -config empty.json -listen canary", "unix:PATH"},
	{exitUsage, "serve -config empty.json -listen unix:", "another path"},
	{exitUsage, "serve -config empty.json -listen 127.0.0.1:0", "-token-file FILE"},
	{exitInput, "serve -config empty.json -listen 127.0.0.1:0 -token-file readable.txt", "chmod 600 readable.txt"},
	{exitInput, "serve -config empty.json -listen 127.0.0.1:0 -token-file canary.txt", "openssl rand"},
	{exitInput, "serve -config empty.json -listen 127.0.0.1:0 -token-file none", "openssl rand"},
	{exitFailure, "serve -when-unknown send -listen unix:none/sock", "make the directory"},
	{exitFailure, "serve -when-unknown send -listen unix:canary.txt", "choose another path"},
	{exitUsage, "serve -when-unknown send -listen unix:sock -socket-mode 999", "0660"},
	{exitUsage, "serve -when-unknown send -listen 127.0.0.1:0 -token-file canary.txt -socket-mode 0600", "leave it out"},
	{exitUsage, "serve -when-unknown send -listen unix:sock -max-body 1", "write -max-body BYTES"},
	{exitUsage, "serve -when-unknown send -listen systemd -takeover", "leave it out"},
	{exitUsage, "operator -addr 0.0.0.0:1", "write -addr ADDRESS"},
	{exitUsage, "operator -scope UID3", "write -scope SCOPE"},
	{exitUsage, "operator -seed canary", "write -seed NUMBER"},
	{exitFailure, "operator -for 1ms -addr TAKEN", "choose another port"},
	{exitInput, "doctor -config none.json", "check the path"},
	{exitFailure, "doctor -config empty.json", "docs/doctor.md"},
	{exitUsage, "doctor -config empty.json -prebid-server empty.json", "one after the other"},
	{exitUsage, "doctor -bidder-info x", "-prebid-server FILE"},
	{exitInput, "doctor -prebid-server none", "check the path"},
	{exitUsage, "doctor -receiver-url canary", "the URL"},
	{exitUsage, "doctor -receiver-url http://203.0.113.1/", "use https://"},
	{exitUsage, "doctor -test-opt-out", "opt_outs.listen"},
	{exitUsage, "doctor -nats-monitoring http://x", "opt_outs.nats"},
	{exitUsage, "inspect -now canary", "write -now TIME"},
	{exitUsage, "man canary", "uid2 man -h"},
}

// forProgrammers matches what an error for people doesn't have: types, addresses, what fmt says of
// its own mistakes, and the library's own phrases.
var forProgrammers = regexp.MustCompile(`%!|0x[0-9a-f]{6}|goroutine|\*[a-z]+\.|strconv|parsing|errors\.|syscall|no such file or directory|\bRequired flag|not defined|: :|\.go:`)

// TestErrors: each says what happened, why, and what to do, and nothing secret.
func TestErrors(t *testing.T) {
	if len(provoked) < 60 {
		t.Fatalf("only %d", len(provoked))
	}
	local(t)
	mistakes(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, p := range provoked {
		args := strings.Fields(strings.ReplaceAll(p.args, "TAKEN", taken.Addr().String()))
		r := uid2(t, "canary\n", args...)
		_, do, _ := strings.Cut(r.err, "what to do: ")
		switch text := strings.ReplaceAll(r.err, "canary.txt", ""); {
		case r.code != p.code:
			t.Errorf("%s: exit code %d, want %d: %s", p.args, r.code, p.code, r.err)
		case !advicetest.IsError("uid2", r.err):
			t.Errorf("%s: another form:\n%s", p.args, r.err)
		case !strings.Contains(do, p.do):
			t.Errorf("%s: no %q in\n%s", p.args, p.do, r.err)
		case forProgrammers.MatchString(text):
			t.Errorf("%s: for programmers:\n%s", p.args, r.err)
		case secretIn(p.args, text):
			t.Errorf("%s: it shows a value:\n%s", p.args, r.err)
		}
	}
}

// secretIn reports whether an error shows the canary. What follows is no secret: the address to
// listen at, and the name of a command or a user's own file.
func secretIn(args, text string) bool {
	return strings.Contains(text, "canary") && !strings.Contains(args, "-listen canary") && !strings.HasPrefix(args, "optout canary")
}

// mistakes makes files with which nothing can be done, and goes to where they are.
func mistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"empty.json": "{}", "canary.txt": "canary\n", "readable.txt": strings.Repeat("x", 32)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod("readable.txt", 0o644); err != nil {
		t.Fatal(err)
	}
	holdStore(t, "locked")
}

// TestRemedies: what has no advice of its own gets one by its kind, and nothing gets none.
func TestRemedies(t *testing.T) {
	for _, r := range remedies {
		if got := remedy(fmt.Errorf("some: %w", r.of)); got != r.do {
			t.Errorf("%v: %q", r.of, got)
		}
		if got := remedy(advice.Wrap("what", r.of, "do this")); got != "do this" {
			t.Errorf("%v: %q", r.of, got)
		}
	}
	if remedy(fmt.Errorf("unknown")) == "" {
		t.Error("an unknown error has no remedy")
	}
}

// TestAnnotateLockedStore: a store that another process goes on having is no reason to wait until
// the end of the time.
func TestAnnotateLockedStore(t *testing.T) {
	s := local(t)
	store := filepath.Join(t.TempDir(), "store")
	holdStore(t, store)
	config := write(t, fmt.Sprintf(`{"uid2": {"base_url": %q, "api_key": %q, "client_secret": %q}, "opt_outs": {"store": %q}}`, s.URL, s.Client().APIKey, s.Client().ClientSecret, store))
	r := uid2(t, "{}\n", "annotate", "-config", config, "-timeout", "1m")
	if r.code != exitInput || r.out != "" || !strings.Contains(r.err, "nothing can be annotated: the file is in use by another process\n  what to do: stop the process") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

// TestSecretWarnings: secrets of the webhook that others may read or guess are warned of, by the
// name of their file, and work all the same.
func TestSecretWarnings(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	long := strings.Repeat("x", 32)
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"-bearer-token-file", file("good", long, 0o600)}, nil},
		{[]string{"-bearer-token-file", file("group", long, 0o640)}, nil},
		{[]string{"-bearer-token", long}, nil},
		{[]string{"-bearer-token-file", file("readable", long, 0o644)}, []string{"others may read or write " + dir + "/readable", "chmod 600 " + dir + "/readable"}},
		{[]string{"-bearer-token-file", file("short", long+"\ncanary\n", 0o600)}, []string{"-bearer-token-file: a secret in " + dir + "/short has fewer than 16 characters", "openssl rand -hex 32"}},
		{[]string{"-bearer-token", "canary"}, []string{"-bearer-token: the secret has fewer than 16 characters"}},
		{[]string{"-shared-header", "X-Opt-Out", "-shared-header-value-file", file("both", "canary", 0o604)}, []string{"others may", "fewer than"}},
	} {
		r := uid2(t, "", append([]string{"optout", "serve", "-store", filepath.Join(dir, "store"), "-listen", "127.0.0.1:0", "-for", "1ms"}, c.args...)...)
		if r.code != exitOK || strings.Count(r.err, "warning: ") != strings.Count(r.err, "what to do: ") || strings.Contains(r.err, "canary") || c.says == nil && r.err != "" {
			t.Errorf("%v: exit code %d: %s", c.args, r.code, r.err)
		}
		for _, part := range c.says {
			if !strings.Contains(r.err, part) {
				t.Errorf("%v: no %q in\n%s", c.args, part, r.err)
			}
		}
	}
}

// TestRefusals: what an operator refuses says that it was the operator.
func TestRefusals(t *testing.T) {
	s := local(t)
	for status, want := range map[int]string{401: "check the API key", 429: "wait a while", 503: "try again later", 404: "check that the base URL"} {
		s.Fail(uid2test.Fault{Status: status})
		if r := uid2(t, "", "keys"); !advicetest.IsError("uid2", r.err) || !strings.HasPrefix(r.err, "uid2: asking the operator failed: ") || !strings.Contains(r.err, want) {
			t.Errorf("%d: %s", status, r.err)
		}
		s.Heal()
	}
}

// holdStore has a store open, as another process would.
func holdStore(t *testing.T, path string) {
	t.Helper()
	file, err := optout.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
}
