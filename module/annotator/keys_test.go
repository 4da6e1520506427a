package annotator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// A cache file serves at once while the operator is away, but only under the address, the API key and the secret that it was
// written under.
func TestCacheFile(t *testing.T) {
	server := startServer(t)
	file := filepath.Join(t.TempDir(), "keys")
	cached := fmt.Sprintf(`,"cache_file":%q`, file)
	first := start(t, `{"uid2":`+operatorOf(server, cached)+`,"bidders":[{"name":"dsp"}]}`)
	waitForKeys(t, first, codec.ScopeUID2)
	if err := first.Close(); err != nil { // the file is written by then
		t.Fatal(err)
	}
	server.Fail(uid2test.Fault{Status: 401})
	client := server.Client()
	section := func(address, key, secret, more string) string {
		return fmt.Sprintf(`{"uid2":{"base_url":%q,"api_key":%q,"client_secret":%q%s}}`, address, key, secret, more)
	}
	for name, c := range map[string]struct {
		section string
		ready   bool
	}{
		"the same":        {section(server.URL, client.APIKey, client.ClientSecret, cached), true},
		"without":         {section(server.URL, client.APIKey, client.ClientSecret, ``), false},
		"another address": {section("http://127.0.0.1:1", client.APIKey, client.ClientSecret, cached), false},
		"another key":     {section(server.URL, client.APIKey+"x", client.ClientSecret, cached), false},
		"another secret":  {section(server.URL, client.APIKey, secretText, cached), false},
	} {
		if a := start(t, c.section); a.Keys(codec.ScopeUID2).Ready() != c.ready {
			t.Errorf("%s: ready is %t", name, !c.ready)
		}
	}
}

// An answer that doesn't come within timeout is asked for again, and keys are after refresh_interval; each operator has its own.
func TestOperatorTimes(t *testing.T) {
	t.Parallel()
	silent, other := startServer(t), startServer(t, uid2test.WithScope(codec.ScopeEUID))
	silent.Fail(uid2test.Fault{Delay: time.Hour, Times: 1})
	a := start(t, `{"uid2":`+operatorOf(silent, `,"timeout":"100ms"`)+`,"euid":`+operatorOf(other, `,"refresh_interval":"1s"`)+`}`)
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second) // less than the defaults
	defer cancel()
	if err := a.Keys(codec.ScopeUID2).WaitReady(ctx); err != nil {
		t.Error(err)
	}
	eventually(t, ctx, func() error {
		if n := other.Requests(uid2test.PathBidstream); n < 2 {
			return fmt.Errorf("keys were fetched %d times", n)
		}
		return nil
	})
}

// A failure to refresh is logged with the scope that it is about, an operator's keys of another scope are such a failure, and
// neither hinders the other operator.
func TestFailingOperatorIsLogged(t *testing.T) {
	uid2, other := startServer(t), startServer(t)
	var logged bytes.Buffer
	a := start(t, `{"uid2":`+operatorOf(uid2, "")+`,"euid":`+operatorOf(other, "")+`}`, annotator.WithLogger(slog.New(slog.NewTextHandler(&logged, nil))))
	waitForKeys(t, a, codec.ScopeUID2)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	eventually(t, ctx, func() error {
		if a.Keys(codec.ScopeEUID).Stats().Rejected == 0 {
			return errors.New("keys of another scope aren't refused")
		}
		return nil
	})
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(logged.String(), "level=WARN"); n != 1 || !strings.Contains(logged.String(), " scope=EUID ") {
		t.Errorf("%s", logged.String())
	}
	if a.Keys(codec.ScopeEUID).Ready() || !a.Keys(codec.ScopeUID2).Ready() || a.Keys(codec.Scope(9)) != nil {
		t.Error("the wrong keys")
	}
}

// What New began before it failed has ended when it returns.
func TestFailedStart(t *testing.T) {
	server := startServer(t)
	store := fmt.Sprintf(`,"opt_outs":{"store":%q}`, filepath.Join(t.TempDir(), "optouts.db"))
	_, err := annotator.New(parse(t, `{"uid2":`+operatorOf(server, "")+`,"euid":`+operatorWith(`,"ca_file":"/nowhere/ca.pem"`)+store+`}`))
	if !errors.Is(err, annotator.ErrConfig) {
		t.Fatal(err)
	}
	mustBeOver(t)
	start(t, `{"uid2":`+operatorOf(server, "")+store+`}`) // the file isn't locked
}

func TestClose(t *testing.T) {
	connections := make(map[string]http.ConnState)
	var mu sync.Mutex
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }))
	server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		connections[c.RemoteAddr().String()] = state
	}
	server.Start()
	defer server.Close()
	count := func(state http.ConnState) error {
		mu.Lock()
		defer mu.Unlock()
		if len(connections) == 1 {
			for _, is := range connections {
				if is == state {
					return nil
				}
			}
		}
		return fmt.Errorf("connections: %v", connections)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	a := start(t, fmt.Sprintf(`{"uid2":{"base_url":%q,"api_key":"k","client_secret":%q}}`, server.URL, secretText))
	eventually(t, ctx, func() error { return count(http.StateIdle) })
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	soon, cancelSoon := context.WithTimeout(ctx, 5*time.Second) // later it would end for being idle
	defer cancelSoon()
	eventually(t, soon, func() error { return count(http.StateClosed) })
	if err := a.Keys(codec.ScopeUID2).WaitReady(ctx); !errors.Is(err, keyset.ErrClosed) {
		t.Errorf("%v", err)
	}
}
