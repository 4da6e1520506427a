package metrics_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/metrics"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// open opens a bidder with the keys of some operators.
func open(t *testing.T, optOuts bidder.OptOuts, servers ...*uid2test.Server) *bidder.Bidder {
	t.Helper()
	cfg := bidder.Config{OptOuts: optOuts}
	for i, newOperator := range []func(baseURL, apiKey, clientSecret string) (bidder.Operator, error){bidder.UID2, bidder.EUID}[:len(servers)] {
		operator, err := newOperator(servers[i].URL, servers[i].Client().APIKey, servers[i].Client().ClientSecret)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Operators = append(cfg.Operators, operator)
	}
	return openConfig(t, cfg)
}

// openConfig opens a bidder, which ends with the test.
func openConfig(t *testing.T, cfg bidder.Config) *bidder.Bidder {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	b, err := bidder.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func startServer(t *testing.T, options ...uid2test.Option) *uid2test.Server {
	t.Helper()
	server := uid2test.NewServer(options...)
	t.Cleanup(server.Close)
	return server
}

// metricsOf is the text of /metrics, without comments.
func metricsOf(t *testing.T, b *bidder.Bidder) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(metrics.New(b))
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	return regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(answer.Body.String(), "")
}

// Every number of a bidder of two scopes, whose operators were called differently often.
func TestMetrics(t *testing.T) {
	uid2, euid := startServer(t), startServer(t, uid2test.WithScope(codec.ScopeEUID))
	b := open(t, bidder.OptOuts{Source: new(bidstream.MemoryOptOuts)}, uid2, euid)
	uid2.Fail(uid2test.Fault{Status: 401})
	if _, err := b.Client(codec.ScopeUID2).BidstreamKeys(context.Background()); err == nil {
		t.Fatal("no failure")
	}
	token := uid2.Token(uid2test.TokenSpec{Email: "alice@example.com"})
	request := fmt.Sprintf(`{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":%q},{"id":"x"},{"id":"y"}]}]}}`, token)
	if _, found, err := b.Annotate(nil, []byte(request), time.Now()); err != nil || found.Usable != 1 {
		t.Fatal(err, found)
	}
	want := `uid2_decrypt_tokens_total{status="DomainOrAppNameCheckFailed"} 0
uid2_decrypt_tokens_total{status="ExpiredToken"} 0
uid2_decrypt_tokens_total{status="InvalidIdentityScope"} 0
uid2_decrypt_tokens_total{status="InvalidPayload"} 2
uid2_decrypt_tokens_total{status="InvalidTokenLifetime"} 0
uid2_decrypt_tokens_total{status="KeysNotSynced"} 0
uid2_decrypt_tokens_total{status="NotAuthorizedForKey"} 0
uid2_decrypt_tokens_total{status="NotAuthorizedForMasterKey"} 0
uid2_decrypt_tokens_total{status="NotInitialized"} 0
uid2_decrypt_tokens_total{status="Success"} 1
uid2_decrypt_tokens_total{status="UserOptedOut"} 0
uid2_decrypt_tokens_total{status="VersionNotSupported"} 0
uid2_key_refreshes_total{outcome="failure",scope="EUID"} 0
uid2_key_refreshes_total{outcome="failure",scope="UID2"} 0
uid2_key_refreshes_total{outcome="rejected",scope="EUID"} 0
uid2_key_refreshes_total{outcome="rejected",scope="UID2"} 0
uid2_key_refreshes_total{outcome="success",scope="EUID"} 1
uid2_key_refreshes_total{outcome="success",scope="UID2"} 1
uid2_keys{scope="EUID"} 4
uid2_keys{scope="UID2"} 4
uid2_keys_last_refresh_timestamp_seconds{scope="EUID"} SECONDS
uid2_keys_last_refresh_timestamp_seconds{scope="UID2"} SECONDS
uid2_keys_ready{scope="EUID"} 1
uid2_keys_ready{scope="UID2"} 1
uid2_operator_attempts_total{scope="EUID"} 1
uid2_operator_attempts_total{scope="UID2"} 2
uid2_operator_calls_total{scope="EUID"} 1
uid2_operator_calls_total{scope="UID2"} 2
uid2_operator_clock_offset_seconds{scope="EUID"} SECONDS
uid2_operator_clock_offset_seconds{scope="UID2"} SECONDS
uid2_operator_failures_total{scope="EUID"} 0
uid2_operator_failures_total{scope="UID2"} 1
uid2_operator_not_reloaded{scope="EUID"} 0
uid2_operator_not_reloaded{scope="UID2"} 0
uid2_operator_reloads_total{scope="EUID"} 0
uid2_operator_reloads_total{scope="UID2"} 0
`
	seconds := regexp.MustCompile(`(?m)^(\w+_timestamp_seconds\S*|\w+_offset_seconds\S*) (\d\.\d+e\+09|-?\d{1,2}\.\d+(e-\d+)?)$`)
	if got := seconds.ReplaceAllString(metricsOf(t, b), "$1 SECONDS"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Opt-outs are shown where a store is, and what feeds it.
func TestMetricsOfOptOuts(t *testing.T) {
	server := startServer(t)
	store := func() bidder.OptOuts { return bidder.OptOuts{Store: filepath.Join(t.TempDir(), "optouts.db")} }
	fed := store()
	fed.Listen, fed.Receiver, fed.Poll = "127.0.0.1:0", []optout.ReceiverOption{optout.WithoutAuthentication()}, true
	for name, c := range map[string]struct {
		optOuts               bidder.OptOuts
		users, received, poll bool
	}{
		"the program's": {bidder.OptOuts{Source: new(bidstream.MemoryOptOuts)}, false, false, false},
		"a store":       {store(), true, false, false},
		"a store fed":   {fed, true, true, true},
	} {
		text := metricsOf(t, open(t, c.optOuts, server))
		for series, want := range map[string]bool{"uid2_optout_users 0": c.users, "uid2_optout_receiver_requests_total 0": c.received, "uid2_optout_poll_waiting 0": c.poll} {
			if strings.Contains(text, "\n"+series+"\n") != want {
				t.Errorf("%s: %s is there: %t", name, series, !want)
			}
		}
	}
}

// A bidder of a decrypter has nothing but its tokens.
func TestMetricsWithoutKeys(t *testing.T) {
	none, err := bidstream.New()
	if err != nil {
		t.Fatal(err)
	}
	b, err := bidder.New(none, bidder.Annotate)
	if err != nil {
		t.Fatal(err)
	}
	text := metricsOf(t, b)
	if lines := strings.Count(text, "\n"); lines != strings.Count(text, "uid2_decrypt_tokens_total{") || lines != len(codec.Statuses()) {
		t.Error(text)
	}
}
