package bidder_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// lockedLog is a log that is read while it is written.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// files are an API key and a client secret in files.
type files struct{ key, secret string }

func newFiles(t *testing.T, of *uid2test.Client) files {
	t.Helper()
	dir := t.TempDir()
	f := files{filepath.Join(dir, "key"), filepath.Join(dir, "secret")}
	f.putKey(t, of.APIKey)
	f.putSecret(t, of.ClientSecret)
	return f
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".next", []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".next", path); err != nil {
		t.Fatal(err)
	}
}

func (f files) putKey(t *testing.T, text string)    { t.Helper(); put(t, f.key, text) }
func (f files) putSecret(t *testing.T, text string) { t.Helper(); put(t, f.secret, text) }

// config is that of a Bidder with its credentials in files.
func (f files) config(t *testing.T, server *uid2test.Server) bidder.Config {
	t.Helper()
	cfg, err := bidder.ParseConfig([]byte(fmt.Sprintf(`{"uid2":{"base_url":%q,"api_key_file":%q,"client_secret_file":%q},"opt_outs":{"when_unknown":"send"}}`,
		server.URL, f.key, f.secret)))
	if err != nil {
		t.Fatal(err)
	}
	cfg.OptOuts = bidder.OptOuts{Source: new(bidstream.MemoryOptOuts)}
	cfg.Operators[0].RefreshInterval = 5 * time.Millisecond
	return cfg
}

// reader is another participant of the same site, as whose credentials the site's are rotated.
func reader(server *uid2test.Server) *uid2test.Client {
	return server.AddClient(uid2test.Client{SiteID: server.Client().SiteID, Roles: uid2test.IDReader, Reads: []uint32{uid2test.EverySite}})
}

// An API key and a client secret are rotated again and again, while keys are refreshed all the time
// and each old pair is revoked as soon as both files have the new one: no refresh fails.
func TestRotationOfFiles(t *testing.T) {
	server := startServer(t)
	old := server.Client()
	f := newFiles(t, old)
	cfg := f.config(t, server)
	log := new(lockedLog)
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	cfg.Operators[0].CacheFile = filepath.Join(t.TempDir(), "keys")
	b := open(t, cfg)
	refreshed := func(times uint64) {
		t.Helper()
		until := b.Keys(codec.ScopeUID2).Stats().Refreshes + times
		eventually(t, "refreshed", func() bool { return b.Keys(codec.ScopeUID2).Stats().Refreshes >= until })
	}
	for range 3 {
		next := reader(server)
		f.putKey(t, next.APIKey)
		refreshed(2)
		wantCodes(t, "half", b.HealthReport(time.Now()), "| not_reloaded UID2")
		f.putSecret(t, next.ClientSecret)
		server.RemoveClient(old)
		refreshed(2)
		wantCodes(t, "whole", b.HealthReport(time.Now()), "|")
		if b.Client(codec.ScopeUID2).Credentials().RevealAPIKey() != next.APIKey {
			t.Error("another key is in use")
		}
		old = next
	}
	if s := b.Keys(codec.ScopeUID2).Stats(); s.Failures != 0 || s.Rejected != 0 {
		t.Errorf("%+v", s)
	}
	closeNow(t, b)
	for text, want := range map[string]int{
		"other credentials are in use from now on": 3, "isn't in use": 3, "is in use again": 3, "scope=UID2": -1, old.APIKey: 0, old.ClientSecret: 0,
	} {
		if got := strings.Count(log.String(), text); got != want && want >= 0 || got == 0 && want != 0 {
			t.Errorf("%q is %d times in the log", text, got)
		}
	}

	// The cache file is under the last pair: a process that starts while the operator is away has it.
	server.Fail(uid2test.Fault{Status: http.StatusServiceUnavailable})
	restarted := f.config(t, server)
	restarted.Operators[0].CacheFile = cfg.Operators[0].CacheFile
	if !start(t, restarted).Ready(time.Now()) {
		t.Error("no keys from the cache file")
	}
}

// A new pair that the operator refuses, and a file that is gone, leave the old pair in use: a
// warning, and no reason.
func TestRotationThatIsRefused(t *testing.T) {
	server := startServer(t)
	f := newFiles(t, server.Client())
	b := open(t, f.config(t, server))
	f.putKey(t, "unknown")
	eventually(t, "refused", func() bool { return codes(b.HealthReport(time.Now())) == "| not_reloaded UID2" })
	if err := b.Health(time.Now()); err == nil || !strings.Contains(err.Error(), "401") || strings.Contains(err.Error(), "unknown\n") {
		t.Error(err)
	}
	if err := os.Remove(f.key); err != nil {
		t.Fatal(err)
	}
	eventually(t, "gone", func() bool { return strings.Contains(b.HealthReport(time.Now()).Warnings[0].Text, "uid2.api_key_file") })
	if s := b.Keys(codec.ScopeUID2).Stats(); s.Failures != 0 || !b.Ready(time.Now()) {
		t.Errorf("%+v", s)
	}
	f.putKey(t, server.Client().APIKey)
	eventually(t, "well", func() bool { return codes(b.HealthReport(time.Now())) == "|" })
	if err := b.WaitReady(context.Background()); err != nil {
		t.Error(err)
	}
}

// Secrets that aren't in files stay as they are, and so nobody reads them again.
func TestRotationOfWhatIsNoFile(t *testing.T) {
	server := startServer(t)
	cfg, err := bidder.ParseConfig([]byte(fmt.Sprintf(`{"uid2":{"base_url":%q,"api_key":%q,"client_secret":%q,"proxy":"none"},"opt_outs":{"when_unknown":"send"}}`,
		server.URL, server.Client().APIKey, server.Client().ClientSecret)))
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, cfg)
	if b.Client(codec.ScopeUID2).ReloadErr() != nil || len(cfg.Operators[0].Options) != 3 {
		t.Error("the credentials are read again")
	}
}

// What the file of the webhook's token has since it was replaced isn't in use, and the log says so.
func TestRotationOfTheReceiverIsLogged(t *testing.T) {
	server := startServer(t)
	f := newFiles(t, server.Client())
	token := filepath.Join(t.TempDir(), "token")
	put(t, token, "the token of the webhook")
	cfg, err := bidder.ParseConfig([]byte(fmt.Sprintf(`{"uid2":{"base_url":%q,"api_key_file":%q,"client_secret_file":%q},"opt_outs":{"store":%q,"listen":"127.0.0.1:0","bearer_token_file":%q}}`,
		server.URL, f.key, f.secret, filepath.Join(t.TempDir(), "optouts.db"), token)))
	if err != nil {
		t.Fatal(err)
	}
	log := new(lockedLog)
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	b := open(t, cfg)
	logs := func(text string) {
		t.Helper()
		eventually(t, "logged", func() bool {
			request, err := http.NewRequest(http.MethodGet, "http://"+b.ReceiverAddr().String()+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer another token") // which may be a new one: the file is read
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			return strings.Contains(log.String(), "what the file of the receiver has "+text)
		})
	}
	put(t, token, "")
	logs("isn't in use")
	put(t, token, "the token of the webhook")
	logs("is in use again")
}
