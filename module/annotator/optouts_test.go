package annotator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// node is an annotator with a store in a file, and a receiver.
type node struct {
	*annotator.Annotator
	receiver string // its URL
}

// withStore builds what a node has, with more settings of opt_outs.
func withStore(t *testing.T, server *uid2test.Server, file string, log *bytes.Buffer, settings string) (a *annotator.Annotator, url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	p := server.Client()
	cfg, err := annotator.ParseConfig(json.RawMessage(fmt.Sprintf(`{"uid2":{"base_url":%q,"api_key":%q,"client_secret":%q},
		"bidders":[{"name":"dsp"}],"opt_outs":{"store":%q,"listen":%q,"bearer_token":"t0ken","id_parameter":"id","time_parameter":"at"%s}}`,
		server.URL, p.APIKey, p.ClientSecret, file, addr, settings)))
	if err != nil {
		t.Fatal(err)
	}
	if a, err = annotator.New(cfg, annotator.WithLogger(slog.New(slog.NewTextHandler(log, nil)))); err != nil {
		t.Fatal(err)
	}
	return a, "http://" + addr
}

// TestReceiver: what the receiver acknowledges is withheld from then on, and the metrics tell of it, without any of it.
func TestReceiver(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	var log bytes.Buffer
	a, receiver := withStore(t, server, filepath.Join(t.TempDir(), "optouts.db"), &log, "")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := a.Keys(codec.ScopeUID2).WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	if err := a.OptOuts().WaitSynced(ctx); err != nil || a.Keys(codec.ScopeEUID) != nil {
		t.Fatal(err)
	}
	raw := server.RawUID(uid2test.TokenSpec{Email: "alice@example.com"}).Reveal()
	for _, c := range []struct {
		id, token string
		want      int
	}{{raw, "wrong", 401}, {raw, "t0ken", 200}, {"canary", "t0ken", 200}, {strings.Repeat("A", 43) + "=", "t0ken", 200}} {
		request, err := http.NewRequestWithContext(ctx, "GET", receiver+"/?id="+url.QueryEscape(c.id)+"&at=1700000000", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+c.token)
		if status := answer(t, request); status != c.want {
			t.Errorf("%d, want %d", status, c.want)
		}
	}
	auction := a.Resolve(ctx, &openrtb2.BidRequest{User: userWith(aliceToken(server))}, time.Now())
	if statuses := auction.Statuses(); statuses["UserOptedOut"] != 1 {
		t.Error(statuses)
	}
	if _, closed := auction.Closed(); closed {
		t.Error("a privacy gate is closed")
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(a.Collector())
	want := `
# HELP uid2_optout_receiver_quarantined_total Requests to the receiver of which something is no raw UID: they are kept in the file for a human to look at.
# TYPE uid2_optout_receiver_quarantined_total counter
uid2_optout_receiver_quarantined_total 1
# HELP uid2_optout_recorded_total Opt-outs received and kept.
# TYPE uid2_optout_recorded_total counter
uid2_optout_recorded_total 1
# HELP uid2_optout_receiver_refused_total Requests to the receiver without the right token.
# TYPE uid2_optout_receiver_refused_total counter
uid2_optout_receiver_refused_total 1
# HELP uid2_optout_synced 1 if the log of opt-outs has been read; until then raw UIDs are withheld.
# TYPE uid2_optout_synced gauge
uid2_optout_synced 1
# HELP uid2_optout_users Opted-out users in the index.
# TYPE uid2_optout_users gauge
uid2_optout_users 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "uid2_optout_receiver_quarantined_total", "uid2_optout_recorded_total",
		"uid2_optout_receiver_refused_total", "uid2_optout_synced", "uid2_optout_users"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(registry, "uid2_optout_receiver_heartbeat_timestamp_seconds"); n != 1 || err != nil {
		t.Errorf("%d heartbeats, %v", n, err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	for _, secret := range []string{raw, "canary", "t0ken"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("logged: %s", log.String())
		}
	}
}

// TestCloseWithSlowClients: who sends half a request doesn't hold up the end, nor make it fail.
func TestCloseWithSlowClients(t *testing.T) {
	t.Parallel() // the receiver gives them seconds
	server := uid2test.NewServer()
	defer server.Close()
	a, receiver := withStore(t, server, filepath.Join(t.TempDir(), "optouts.db"), new(bytes.Buffer), "")
	conn, err := net.Dial("tcp", strings.TrimPrefix(receiver, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ended := make(chan struct{})
	defer close(ended)
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t0ken\r\nContent-Length: 10000\r\n\r\n")
	go func() {
		for {
			select {
			case <-ended:
				return
			case <-time.After(10 * time.Millisecond):
				conn.Write([]byte("y"))
			}
		}
	}()
	time.Sleep(50 * time.Millisecond) // for the request to be in progress
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// TestDamagedStore: a file that is none stops the start.
func TestDamagedStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "optouts.db")
	if err := os.WriteFile(file, bytes.Repeat([]byte("canary"), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := annotator.ParseConfig(json.RawMessage(`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"` + file + `"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := annotator.New(cfg); err == nil || !strings.Contains(err.Error(), "opt_outs.store") || strings.Contains(err.Error(), "canary") {
		t.Error(err)
	}
}

// TestOverlappingRestart: a process that starts while the one before it still has the store withholds, says so, and goes on when the
// store is free.
func TestOverlappingRestart(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "optouts.db")
	var before, log lockedBuffer
	first := startWithStore(t, server, file, &before)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	alice := server.RawUID(uid2test.TokenSpec{Email: "alice@example.com"})
	if err := errors.Join(first.OptOuts().WaitSynced(ctx), first.OptOuts().Record(ctx, alice, 1000)); err != nil {
		t.Fatal(err)
	}
	second := startWithStore(t, server, file, &log)
	defer second.Close()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(second.Collector())
	waiting := func(value string) error {
		text := "# HELP uid2_optout_log_locked 1 while another process has the log open and this one waits for it; raw UIDs are withheld.\n" +
			"# TYPE uid2_optout_log_locked gauge\nuid2_optout_log_locked " + value + "\n"
		return testutil.GatherAndCompare(registry, strings.NewReader(text), "uid2_optout_log_locked")
	}
	if err := waiting("1"); err != nil || second.OptOuts().Synced() || !strings.Contains(log.String(), "another process has the store") {
		t.Errorf("%v: %s", err, log.String())
	}
	if err := second.OptOuts().Record(ctx, alice, 1); !errors.Is(err, optout.ErrLocked) {
		t.Errorf("recorded: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if err := errors.Join(second.OptOuts().WaitSynced(ctx), waiting("0")); err != nil {
		t.Error(err)
	}
	if state := second.OptOuts().OptOut(alice).State; state != bidstream.OptedOut || !strings.Contains(log.String(), "is open") {
		t.Errorf("%v: %s", state, log.String())
	}
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// startWithStore builds an annotator with a store and no receiver.
func startWithStore(t *testing.T, server *uid2test.Server, file string, log io.Writer) *annotator.Annotator {
	t.Helper()
	p := server.Client()
	cfg, err := annotator.ParseConfig(json.RawMessage(fmt.Sprintf(`{"uid2":{"base_url":%q,"api_key":%q,"client_secret":%q},
		"bidders":[{"name":"dsp"}],"opt_outs":{"store":%q}}`, server.URL, p.APIKey, p.ClientSecret, file)))
	if err != nil {
		t.Fatal(err)
	}
	a, err := annotator.New(cfg, annotator.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestPolling: a user who opted out before the feed began is bid on once, and withheld when the operator has been asked.
func TestPolling(t *testing.T) {
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		server := uid2test.NewServer(uid2test.WithRawUIDVersion(version))
		defer server.Close()
		var log bytes.Buffer
		n := new(node)
		n.Annotator, n.receiver = withStore(t, server, filepath.Join(t.TempDir(), "optouts.db"), &log, `,"poll":{"enabled":true,"pause":"10ms"}`)
		defer n.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := errors.Join(n.Keys(codec.ScopeUID2).WaitReady(ctx), n.OptOuts().WaitSynced(ctx)); err != nil {
			t.Fatal(err)
		}
		in, out := uid2test.TokenSpec{Email: "in@example.com"}, uid2test.TokenSpec{Email: "out@example.com"}
		inToken, outToken := server.Token(in), server.Token(out)
		server.OptOutUser(out, time.Now().Add(-time.Hour))
		for _, token := range []string{inToken, outToken} {
			if status := n.status(ctx, token); status != "Success" {
				t.Errorf("version %d, before: %s", version, status)
			}
		}
		for n.status(ctx, outToken) != "UserOptedOut" {
			if ctx.Err() != nil {
				t.Fatalf("version %d: still bid on", version)
			}
			time.Sleep(time.Millisecond)
		}
		if status := n.status(ctx, inToken); status != "Success" {
			t.Errorf("version %d, after: %s", version, status)
		}
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(n.Collector())
		want := `
# HELP uid2_optout_poll_checked_total Raw UIDs about which the operator has answered.
# TYPE uid2_optout_poll_checked_total counter
uid2_optout_poll_checked_total 2
# HELP uid2_optout_poll_opted_out_total Raw UIDs whose users have opted out, by the operator's answers.
# TYPE uid2_optout_poll_opted_out_total counter
uid2_optout_poll_opted_out_total 1
`
		eventually(t, ctx, func() error {
			return testutil.GatherAndCompare(registry, strings.NewReader(want), "uid2_optout_poll_checked_total", "uid2_optout_poll_opted_out_total")
		})
	}
}

// eventually waits until there is no error.
func eventually(t *testing.T, ctx context.Context, check func() error) {
	t.Helper()
	for err := check(); err != nil; err = check() {
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
}
