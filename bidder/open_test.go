package bidder_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/openrtb"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

var alice = uid2test.TokenSpec{Email: "alice@example.com"}

// startServer starts a local operator that ends with the test.
func startServer(t testing.TB, options ...uid2test.Option) *uid2test.Server {
	t.Helper()
	server := uid2test.NewServer(options...)
	t.Cleanup(server.Close)
	return server
}

// operatorOf is how a bidder reaches a local operator.
func operatorOf(t testing.TB, server *uid2test.Server, scope codec.Scope) bidder.Operator {
	t.Helper()
	of := map[codec.Scope]func(baseURL, apiKey, clientSecret string) (bidder.Operator, error){codec.ScopeUID2: bidder.UID2, codec.ScopeEUID: bidder.EUID}[scope]
	made, err := of(server.URL, server.Client().APIKey, server.Client().ClientSecret)
	if err != nil || made.Scope != scope {
		t.Fatal(err, made.Scope)
	}
	return made
}

// store is opt-outs in a file of the test's.
func store(t testing.TB) bidder.OptOuts {
	return bidder.OptOuts{Store: filepath.Join(t.TempDir(), "optouts.db")}
}

// fedStore is a store with a receiver.
func fedStore(t testing.TB) bidder.OptOuts {
	o := store(t)
	o.Listen, o.Receiver = "127.0.0.1:0", []optout.ReceiverOption{optout.WithoutAuthentication()}
	return o
}

// open opens a bidder that ends with the test.
func open(t testing.TB, cfg bidder.Config) *bidder.Bidder {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	b, err := bidder.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeNow(t, b) })
	return b
}

// start starts a bidder that ends with the test.
func start(t testing.TB, cfg bidder.Config) *bidder.Bidder {
	t.Helper()
	b, err := bidder.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeNow(t, b) })
	return b
}

func closeNow(t testing.TB, b *bidder.Bidder) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// requestFor has tokens in eids of their own.
func requestFor(tokens ...string) []byte {
	var eids []string
	for _, token := range tokens {
		eids = append(eids, fmt.Sprintf(`{"source":"uidapi.com","uids":[{"id":%q}]}`, token))
	}
	return []byte(`{"site":{"domain":"example.com"},"user":{"eids":[` + strings.Join(eids, ",") + `]}}`)
}

// outcomes returns what comes of a request's tokens.
func outcomes(t testing.TB, b *bidder.Bidder, request []byte) (all []bidder.Outcome) {
	t.Helper()
	for uid, err := range b.UIDs(request, time.Now()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, uid.Outcome)
	}
	return all
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for range 2000 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("never " + what)
}

// A bidder of both scopes, whose user opts out while it runs.
func TestOpen(t *testing.T) {
	uid2, euid := startServer(t), startServer(t, uid2test.WithScope(codec.ScopeEUID))
	b := open(t, bidder.Config{
		Operators: []bidder.Operator{operatorOf(t, uid2, codec.ScopeUID2), operatorOf(t, euid, codec.ScopeEUID)},
		OptOuts:   store(t),
	})
	if err := b.Health(time.Now()); err == nil || !strings.Contains(err.Error(), "nothing feeds the store") {
		t.Errorf("nothing brings opt-outs: %v", err)
	}
	if _, err := optout.NewReceiver(b.OptOuts(), optout.WithoutAuthentication()); err != nil { // the program's own
		t.Fatal(err)
	}
	if !b.Ready(time.Now()) || b.Health(time.Now()) != nil || b.Keys(codec.ScopeUID2) == nil || b.Keys(codec.ScopeEUID) == nil || b.Keys(0) != nil ||
		b.OptOuts() == nil || b.Receiver() != nil || b.ReceiverAddr() != nil || b.Pollers() != nil {
		t.Errorf("ready %t, %v", b.Ready(time.Now()), b.Health(time.Now()))
	}
	request := []byte(fmt.Sprintf(`{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":%q}]},{"source":"euid.eu","uids":[{"id":%q}]}]}}`, uid2.Token(alice), euid.Token(alice)))
	annotated, found, err := b.Annotate(nil, request, time.Now())
	for _, server := range []*uid2test.Server{uid2, euid} {
		if raw := `"raw":"` + server.RawUID(alice).Reveal() + `"`; !strings.Contains(string(annotated), raw) {
			t.Errorf("no %s", raw)
		}
	}
	if err != nil || found != (bidder.Found{Usable: 2}) {
		t.Errorf("%+v, %v", found, err)
	}
	if err := b.OptOuts().Record(context.Background(), uid2.RawUID(alice), 1); err != nil {
		t.Fatal(err)
	}
	if _, found, err = b.Annotate(nil, request, time.Now()); err != nil || found != (bidder.Found{Usable: 1, OptedOut: 1}) {
		t.Errorf("%+v, %v", found, err)
	}
}

// The end of the reading of the opt-outs is in the log, once a Bidder has closed at the latest.
func TestOpenLogs(t *testing.T) {
	server := startServer(t)
	var log bytes.Buffer
	b, err := bidder.Open(context.Background(), bidder.Config{
		Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}, OptOuts: store(t),
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	closeNow(t, b)
	if closeNow(t, b); strings.Count(log.String(), `level=INFO msg="the opt-outs are read" users=0 from_snapshot=0`) != 1 {
		t.Error(log.String())
	}
}

// While there is no operator there are no raw UIDs, unless the keys are in the cache file.
func TestStartWithoutOperator(t *testing.T) {
	server := startServer(t)
	cfg := bidder.Config{
		Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)},
		OptOuts:   bidder.OptOuts{Source: new(bidstream.MemoryOptOuts)},
	}
	cfg.Operators[0].CacheFile = filepath.Join(t.TempDir(), "keys")
	request := requestFor(server.Token(alice))
	closeNow(t, open(t, cfg))

	server.Fail(uid2test.Fault{Status: http.StatusForbidden})
	cached := start(t, cfg)
	if got := outcomes(t, cached, request); len(got) != 1 || got[0] != bidder.Usable || !cached.Ready(time.Now()) {
		t.Errorf("with a cache file: %v", got)
	}
	eventually(t, "unwell", func() bool { return cached.Health(time.Now()) != nil })
	if err := cached.Health(time.Now()); errors.Is(err, bidder.ErrNotReady) {
		t.Errorf("an operator is away and keys are there: %v", err)
	}
	if err := cached.Health(time.Now().AddDate(20, 0, 0)); !errors.Is(err, bidder.ErrNotReady) || cached.Ready(time.Now().AddDate(20, 0, 0)) {
		t.Errorf("all keys have expired: %v", err)
	}

	cfg.Operators[0].CacheFile = ""
	without := start(t, cfg)
	if got := outcomes(t, without, request); len(got) != 1 || got[0] != bidder.Unusable || without.Ready(time.Now()) {
		t.Errorf("without keys: %v", got)
	}
	if err := without.Health(time.Now()); !errors.Is(err, bidder.ErrNotReady) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if b, err := bidder.Open(ctx, cfg); b != nil || !errors.Is(err, bidder.ErrNotReady) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// gated is a log that isn't read before the gate opens.
type gated struct {
	optout.Log
	gate chan struct{}
}

func (g gated) Replay(ctx context.Context, after uint64, f func(uint64, optout.Entry) error) error {
	select {
	case <-g.gate:
	case <-ctx.Done():
		return ctx.Err()
	}
	return g.Log.Replay(ctx, after, f)
}

// Until the opt-outs have been read nothing is known of anybody; Success isn't Usable then.
func TestUnreadOptOuts(t *testing.T) {
	server := startServer(t)
	cfg := bidder.Config{Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}}
	request := requestFor(server.Token(alice))
	for send, want := range map[bool]bidder.Outcome{false: bidder.OptOutUnknown, true: bidder.Usable} {
		gate := make(chan struct{})
		cfg.OptOuts = store(t)
		cfg.OptOuts.SendUnknown = send
		cfg.OptOuts.Fleet = func(local *optout.File, _ *slog.Logger) (optout.Log, error) { return gated{local, gate}, nil }
		b := start(t, cfg)
		eventually(t, "keys", func() bool { return b.Keys(codec.ScopeUID2).Ready() })
		if got := outcomes(t, b, request); len(got) != 1 || got[0] != want || b.Ready(time.Now()) {
			t.Errorf("send %t: %v, ready %t", send, got, b.Ready(time.Now()))
		}
		if err := b.Health(time.Now()); !errors.Is(err, bidder.ErrNotReady) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := b.WaitReady(ctx); !errors.Is(err, bidder.ErrNotReady) || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(gate)
		if err := b.WaitReady(context.Background()); err != nil || !b.Ready(time.Now()) || b.Health(time.Now()) != nil {
			t.Errorf("%v, %v", err, b.Health(time.Now()))
		}
		if got := outcomes(t, b, request); len(got) != 1 || got[0] != bidder.Usable {
			t.Errorf("read: %v", got)
		}
	}
}

// What a sender announces and what an operator knows both arrive.
func TestFeeds(t *testing.T) {
	server := startServer(t)
	bob := uid2test.TokenSpec{Email: "bob@example.com"}
	request := requestFor(server.Token(alice), server.Token(bob))
	server.OptOut(server.RawUID(bob), time.Now()) // before there was a bidder
	optOuts := store(t)
	optOuts.Listen, optOuts.Receiver = "127.0.0.1:0", []optout.ReceiverOption{optout.WithBearer("a secret of the sender")}
	optOuts.Poll, optOuts.Poller = true, []optout.PollerOption{optout.WithPause(10 * time.Millisecond)}
	b := open(t, bidder.Config{Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}, OptOuts: optOuts})
	if got := outcomes(t, b, request); len(got) != 2 || got[0] != bidder.Usable || got[1] != bidder.Usable || len(b.Pollers()) != 1 {
		t.Fatal(got)
	}
	eventually(t, "asked about bob", func() bool { return outcomes(t, b, request)[1] == bidder.OptedOut })
	carol := uid2test.TokenSpec{Email: "carol@example.com"}
	server.OptOut(server.RawUID(carol), time.Now())
	verdicts, ids := make([]bidstream.Verdict, 2), []string{server.Token(alice), server.Token(carol)}
	eventually(t, "asked about one of a batch", func() bool {
		b.DecryptBatch(verdicts, ids, bidder.Query(openrtb.SourceUID2, "", time.Now()))
		return verdicts[1].Status == codec.UserOptedOut
	})
	feed := server.AddWebhook(uid2test.Webhook{
		URL: "http://" + b.ReceiverAddr().String(), Query: []string{"uid2=${ADVERTISING_ID}", "timestamp=${OPTOUT_EPOCH}"},
		Header: []string{"Authorization: Bearer a secret of the sender"},
	})
	server.OptOut(server.RawUID(alice), time.Now())
	if err := feed.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := outcomes(t, b, request); got[0] != bidder.OptedOut || b.Receiver() == nil {
		t.Errorf("%v", got)
	}
}

// Each impossible configuration is named, and leaves nothing open.
func TestConfigErrors(t *testing.T) {
	server := startServer(t)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for name, c := range map[string]struct {
		setting, says string
		change        func(*bidder.Config)
	}{
		"no operator":          {"operators", "at least one", func(c *bidder.Config) { c.Operators = nil }},
		"no scope":             {"operators", "UID2 or EUID", func(c *bidder.Config) { c.Operators[0].Scope = 0 }},
		"two of a scope":       {"uid2", "two operators", func(c *bidder.Config) { c.Operators = append(c.Operators, c.Operators[0]) }},
		"in the clear":         {"uid2", "AllowHTTP", func(c *bidder.Config) { c.Operators[0].BaseURL = "http://operator.example" }},
		"no address":           {"uid2", "", func(c *bidder.Config) { c.Operators[0].BaseURL = "" }},
		"no credentials":       {"uid2", "", func(c *bidder.Config) { c.Operators[0].Credentials = operator.Credentials{} }},
		"an impossible option": {"euid", "", func(c *bidder.Config) { c.Operators[1].Options = []operator.Option{operator.WithTimeout(-1)} }},
		"a negative interval":  {"uid2", "interval is negative", func(c *bidder.Config) { c.Operators[0].RefreshInterval = -1 }},
		"no mode":              {bidder.SettingMode, "drop_opted_out", func(c *bidder.Config) { c.Mode = 3 }},
		"a scope of nothing":   {bidder.SettingOperators, "UID2 or EUID", func(c *bidder.Config) { c.Operators[1].Scope = 3 }},
		"an impossible poller": {bidder.SettingPoller, "1 to 5000", func(c *bidder.Config) {
			c.OptOuts.Poll, c.OptOuts.Poller = true, []optout.PollerOption{optout.WithBatch(0)}
		}},
		"no opt-outs": {bidder.SettingStore, "it is missing, and so is a source", func(c *bidder.Config) { c.OptOuts.Store = "" }},
		"two kinds of opt-outs": {bidder.SettingStore, "a store of its own", func(c *bidder.Config) {
			c.OptOuts.Source = new(bidstream.MemoryOptOuts)
		}},
		"a source that is polled": {"opt_outs.store", "a store of its own", func(c *bidder.Config) {
			c.OptOuts = bidder.OptOuts{Source: new(bidstream.MemoryOptOuts), Poll: true}
		}},
		"a source with a fleet": {"opt_outs.store", "a store of its own", func(c *bidder.Config) {
			c.OptOuts = bidder.OptOuts{Source: new(bidstream.MemoryOptOuts), Fleet: func(local *optout.File, _ *slog.Logger) (optout.Log, error) { return local, nil }}
		}},
		"a source that listens": {"opt_outs.store", "a store of its own", func(c *bidder.Config) {
			c.OptOuts = bidder.OptOuts{Source: new(bidstream.MemoryOptOuts), Listen: "127.0.0.1:0"}
		}},
		"a receiver without a store": {"opt_outs.store", "it is missing", func(c *bidder.Config) {
			c.OptOuts = bidder.OptOuts{Listen: "127.0.0.1:0", Receiver: []optout.ReceiverOption{optout.WithoutAuthentication()}, SendUnknown: true}
		}},
		"a directory that isn't there": {"opt_outs.store", "", func(c *bidder.Config) { c.OptOuts.Store = "/nowhere/optouts.db" }},
		"a fleet that can't be": {"opt_outs.nats", "none", func(c *bidder.Config) {
			c.OptOuts.Fleet = func(*optout.File, *slog.Logger) (optout.Log, error) { return nil, errors.New("none") }
		}},
		"a fleet of nothing": {"opt_outs.nats", "no log", func(c *bidder.Config) {
			c.OptOuts.Fleet = func(*optout.File, *slog.Logger) (optout.Log, error) { return nil, nil }
		}},
		"an address that is taken": {"opt_outs.listen", "", func(c *bidder.Config) { c.OptOuts.Listen = busy.Addr().String() }},
		"a receiver that believes everybody": {"opt_outs.receiver", "", func(c *bidder.Config) {
			c.OptOuts.Listen = "127.0.0.1:0"
		}},
	} {
		good := bidder.Config{
			Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2), operatorOf(t, server, codec.ScopeEUID)},
			OptOuts:   store(t),
		}
		path := good.OptOuts.Store
		c.change(&good)
		b, err := bidder.Start(good)
		var impossible *bidder.ConfigError
		if b != nil || !errors.As(err, &impossible) || impossible.Setting != c.setting || !strings.Contains(err.Error(), c.setting) ||
			!strings.Contains(impossible.Err.Error(), c.says) || !errors.Is(err, impossible.Err) {
			t.Errorf("%s: %v", name, err)
		}
		file, err := optout.OpenFile(path)
		if err != nil {
			t.Errorf("%s: the store is still open: %v", name, err)
			continue
		}
		file.Close()
	}
}

// TestImpossibleBidders: New refuses what Start would.
func TestImpossibleBidders(t *testing.T) {
	for setting, try := range map[string]struct {
		decrypter *bidstream.Decrypter
		mode      bidder.Mode
	}{bidder.SettingDecrypter: {nil, bidder.Annotate}, bidder.SettingMode: {decrypter(t, nobodyOptedOut), 3}} {
		var impossible *bidder.ConfigError
		if b, err := bidder.New(try.decrypter, try.mode); b != nil || !errors.As(err, &impossible) || impossible.Setting != setting {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

func TestCredentialsOfNobody(t *testing.T) {
	var impossible *bidder.ConfigError
	if made, err := bidder.EUID("https://operator.example", "key", "canary"); !errors.As(err, &impossible) || impossible.Setting != "euid" ||
		!errors.Is(err, operator.ErrCredentials) || made.Scope != 0 || strings.Contains(err.Error(), "canary") {
		t.Error(err)
	}
}

func TestSendsInTheClear(t *testing.T) {
	for address, want := range map[string]bool{
		"http://operator.example": true, "HTTP://10.0.0.1:80": true, "http://[2001:db8::1]/": true, "http://localhost.example": true,
		"https://operator.example": false, "http://localhost:1": false, "http://127.0.0.1": false, "http://[::1]:2": false,
		"http://[::ffff:127.0.0.1]": false, "": false, "://": false,
	} {
		if bidder.SendsInTheClear(address) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
	server := startServer(t)
	insisting := operatorOf(t, server, codec.ScopeUID2)
	insisting.BaseURL, insisting.AllowHTTP = "http://operator.invalid", true
	start(t, bidder.Config{Operators: []bidder.Operator{insisting}, OptOuts: bidder.OptOuts{Source: new(bidstream.MemoryOptOuts)}})
}

// A Bidder of what the program has already has nothing to wait for, and nothing to close.
func TestNew(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	if err := b.WaitReady(context.Background()); err != nil || !b.Ready(now) || b.Health(now) != nil || b.Close() != nil || b.OptOuts() != nil ||
		b.Receiver() != nil || b.ReceiverAddr() != nil || b.Pollers() != nil || b.Keys(codec.ScopeUID2) != nil {
		t.Error(err, b.Health(now))
	}
}

// A configuration that is printed shows no secret.
func TestConfigPrintsNoSecret(t *testing.T) {
	server := startServer(t)
	cfg := bidder.Config{Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}, OptOuts: store(t)}
	cfg.Operators[0].Options = []operator.Option{operator.WithProxy("http://user:canary@proxy.example")}
	cfg.OptOuts.Receiver = []optout.ReceiverOption{optout.WithBearer("canary")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		text := fmt.Sprintf(verb, cfg) + fmt.Sprintf(verb, &cfg) + fmt.Sprintf(verb, struct{ hidden bidder.Config }{cfg})
		for _, secret := range []string{server.Client().APIKey, server.Client().ClientSecret, "canary"} {
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s shows a secret: %s", verb, text)
			}
		}
	}
}
