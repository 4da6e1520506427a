//go:build go1.24

package annotator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/settingstest"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// metricsOf is the text of /metrics.
func metricsOf(t *testing.T, a *annotator.Annotator) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(a.Collector())
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	return answer.Body.String()
}

// varying is the value of a metric that is another one each time: a Unix time of this century, or an offset of less than a
// hundred seconds.
var varying = regexp.MustCompile(`(?m)^(\w+_timestamp_seconds\S*|\w+_clock_offset_seconds\S*) (\d\.\d+e\+09|-?\d\.\d+(e-\d+)?|-?\d\d\.\d+)$`)

const metricsBefore = `# HELP uid2_decrypt_annotations_total Annotations written into bidder requests.
# TYPE uid2_decrypt_annotations_total counter
uid2_decrypt_annotations_total 0
# HELP uid2_decrypt_panics_total Panics recovered in hooks, and in the search of a response, which then goes out without ext (and with redact_bids without bids); must stay 0.
# TYPE uid2_decrypt_panics_total counter
uid2_decrypt_panics_total 0
# HELP uid2_decrypt_raw_uids_total Raw UIDs written into requests of listed bidders, in annotations or in place of tokens.
# TYPE uid2_decrypt_raw_uids_total counter
uid2_decrypt_raw_uids_total 0
# HELP uid2_decrypt_redactions_total Raw UIDs taken out of auction responses, and of bids before they are cached: a bidder sends back what it received, or a caller asked for debug with raw_in_debug.
# TYPE uid2_decrypt_redactions_total counter
uid2_decrypt_redactions_total 0
# HELP uid2_decrypt_tokens_total Tokens decrypted, by status.
# TYPE uid2_decrypt_tokens_total counter
uid2_decrypt_tokens_total{status="DomainOrAppNameCheckFailed"} 0
uid2_decrypt_tokens_total{status="ExpiredToken"} 0
uid2_decrypt_tokens_total{status="InvalidIdentityScope"} 0
uid2_decrypt_tokens_total{status="InvalidPayload"} 0
uid2_decrypt_tokens_total{status="InvalidTokenLifetime"} 0
uid2_decrypt_tokens_total{status="KeysNotSynced"} 0
uid2_decrypt_tokens_total{status="NotAuthorizedForKey"} 0
uid2_decrypt_tokens_total{status="NotAuthorizedForMasterKey"} 0
uid2_decrypt_tokens_total{status="NotInitialized"} 0
uid2_decrypt_tokens_total{status="Success"} 0
uid2_decrypt_tokens_total{status="UserOptedOut"} 0
uid2_decrypt_tokens_total{status="VersionNotSupported"} 0
# HELP uid2_decrypt_uids_removed_total Uids removed from bidder requests by the modes replace and drop_opted_out.
# TYPE uid2_decrypt_uids_removed_total counter
uid2_decrypt_uids_removed_total 0
# HELP uid2_decrypt_unreadable_requests_total Bidder requests whose eids could not be read safely and were removed.
# TYPE uid2_decrypt_unreadable_requests_total counter
uid2_decrypt_unreadable_requests_total 0
# HELP uid2_decrypt_withheld_auctions_total Auctions whose raw UIDs a privacy gate withheld, by reason.
# TYPE uid2_decrypt_withheld_auctions_total counter
uid2_decrypt_withheld_auctions_total{reason="coppa"} 0
uid2_decrypt_withheld_auctions_total{reason="gdpr"} 0
uid2_decrypt_withheld_auctions_total{reason="gpp"} 0
uid2_decrypt_withheld_auctions_total{reason="lmt"} 0
uid2_decrypt_withheld_auctions_total{reason="us_privacy"} 0
# HELP uid2_key_refreshes_total Refreshes of keys, by identity scope and outcome: success, failure (no answer), rejected (an answer worse than what is held).
# TYPE uid2_key_refreshes_total counter
uid2_key_refreshes_total{outcome="failure",scope="EUID"} 0
uid2_key_refreshes_total{outcome="failure",scope="UID2"} 0
uid2_key_refreshes_total{outcome="rejected",scope="EUID"} 0
uid2_key_refreshes_total{outcome="rejected",scope="UID2"} 0
uid2_key_refreshes_total{outcome="success",scope="EUID"} 1
uid2_key_refreshes_total{outcome="success",scope="UID2"} 1
# HELP uid2_keys Keys held, by identity scope.
# TYPE uid2_keys gauge
uid2_keys{scope="EUID"} 4
uid2_keys{scope="UID2"} 4
# HELP uid2_keys_last_refresh_timestamp_seconds When a refresh last succeeded, by identity scope; absent before the first.
# TYPE uid2_keys_last_refresh_timestamp_seconds gauge
uid2_keys_last_refresh_timestamp_seconds{scope="EUID"} VARYING
uid2_keys_last_refresh_timestamp_seconds{scope="UID2"} VARYING
# HELP uid2_keys_ready 1 if an unexpired key is held, by identity scope; 0 withholds every raw UID.
# TYPE uid2_keys_ready gauge
uid2_keys_ready{scope="EUID"} 1
uid2_keys_ready{scope="UID2"} 1
# HELP uid2_operator_attempts_total Attempts of calls of the operator, by identity scope: those beyond the calls are retries.
# TYPE uid2_operator_attempts_total counter
uid2_operator_attempts_total{scope="EUID"} 1
uid2_operator_attempts_total{scope="UID2"} 1
# HELP uid2_operator_calls_total Calls of the operator, for keys and, if it is asked, about opt-outs, by identity scope.
# TYPE uid2_operator_calls_total counter
uid2_operator_calls_total{scope="EUID"} 1
uid2_operator_calls_total{scope="UID2"} 1
# HELP uid2_operator_clock_offset_seconds How far the operator's clock was ahead in its last answer, by identity scope; 0 before the first. Beyond a minute or two calls fail.
# TYPE uid2_operator_clock_offset_seconds gauge
uid2_operator_clock_offset_seconds{scope="EUID"} VARYING
uid2_operator_clock_offset_seconds{scope="UID2"} VARYING
# HELP uid2_operator_failures_total Calls of the operator that failed, by identity scope.
# TYPE uid2_operator_failures_total counter
uid2_operator_failures_total{scope="EUID"} 0
uid2_operator_failures_total{scope="UID2"} 0
# HELP uid2_operator_not_reloaded 1 if a file with credentials, a proxy or certificates has changed, and what it has is not in use, by identity scope; the log has the reason.
# TYPE uid2_operator_not_reloaded gauge
uid2_operator_not_reloaded{scope="EUID"} 0
uid2_operator_not_reloaded{scope="UID2"} 0
# HELP uid2_operator_reloads_total How often other credentials came into use without a restart, by identity scope.
# TYPE uid2_operator_reloads_total counter
uid2_operator_reloads_total{scope="EUID"} 0
uid2_operator_reloads_total{scope="UID2"} 0
`

// Every number of the metrics after a history in which all of them differ, beginning at 0.
func TestMetrics(t *testing.T) {
	now := time.Now()
	a, all := specimens(t, now)
	if got := varying.ReplaceAllString(metricsOf(t, a), "$1 VARYING"); got != metricsBefore {
		t.Errorf("before anything: %s", got)
	}
	want := metricsBefore
	set := func(series string, value int) {
		line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` \d+$`)
		if !line.MatchString(want) {
			t.Fatalf("there is no %s", series)
		}
		want = line.ReplaceAllString(want, fmt.Sprintf("%s %d", series, value))
	}

	statuses := map[string]int{}
	for _, s := range all {
		if s.by != nil {
			continue // another one counts it
		}
		if s.at.IsZero() {
			s.at = now
		}
		eid := openrtb2.EID{Source: s.source, UIDs: []openrtb2.UID{{ID: s.token}, {ID: s.token}}}
		req := &openrtb2.BidRequest{Site: &openrtb2.Site{Domain: s.domain}, User: &openrtb2.User{EIDs: []openrtb2.EID{eid}}}
		for status, n := range a.Resolve(t.Context(), req, s.at).Statuses() {
			statuses[status] += n
		}
	}
	for status, n := range statuses {
		set(fmt.Sprintf("uid2_decrypt_tokens_total{status=%q}", status), n)
	}
	if len(statuses) != len(codec.Statuses())-1 { // it has keys
		t.Errorf("%v", statuses)
	}

	yes := int8(1)
	for n, gate := range []struct {
		reason string
		req    openrtb2.BidRequest
	}{
		{"coppa", openrtb2.BidRequest{Regs: &openrtb2.Regs{COPPA: 1}}},
		{"lmt", openrtb2.BidRequest{Device: &openrtb2.Device{Lmt: &yes}}},
		{"us_privacy", openrtb2.BidRequest{Regs: &openrtb2.Regs{USPrivacy: "1YYN"}}},
		{"gpp", openrtb2.BidRequest{Regs: &openrtb2.Regs{Ext: json.RawMessage(`{"gpc":"1"}`)}}},
		{"gdpr", openrtb2.BidRequest{Regs: &openrtb2.Regs{GDPR: &yes}}},
	} {
		gate.req.User = userWith("not decrypted")
		for range n + 1 {
			auction := a.Resolve(t.Context(), &gate.req, now)
			if reason, closed := auction.Closed(); !closed || reason.String() != gate.reason || len(auction.Statuses()) != 0 {
				t.Errorf("%s: closed for %v, and %v", gate.reason, reason, auction.Statuses())
			}
		}
		set(fmt.Sprintf("uid2_decrypt_withheld_auctions_total{reason=%q}", gate.reason), n+1)
	}

	a.CountApplied(annotator.Applied{Changed: true, Annotated: 100, Raw: 200, Removed: 300})
	a.CountApplied(annotator.Applied{Annotated: 1, Raw: 2, Removed: 3})
	for range 7 {
		a.CountApplied(annotator.Applied{Changed: true, Unreadable: true})
	}
	for range 8 {
		a.CountPanic()
	}
	set("uid2_decrypt_annotations_total", 101)
	set("uid2_decrypt_raw_uids_total", 202)
	set("uid2_decrypt_uids_removed_total", 303)
	set("uid2_decrypt_unreadable_requests_total", 7)
	set("uid2_decrypt_panics_total", 8)
	if got := varying.ReplaceAllString(metricsOf(t, a), "$1 VARYING"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestRedactionsAreCounted(t *testing.T) {
	a, auction, raw := written(t, "")
	response := &openrtb2.BidResponse{Ext: json.RawMessage(`{"a":"` + raw + `","b":"` + raw + `"}`)}
	unsearched := *response
	if n := a.Redact(nil, &unsearched); n != 0 || string(unsearched.Ext) != string(response.Ext) {
		t.Errorf("without an auction: %d, %s", n, unsearched.Ext)
	}
	found := a.Redact(auction, response)
	if got := metricsOf(t, a); found == 0 || !strings.Contains(got, fmt.Sprintf("\nuid2_decrypt_redactions_total %d\n", found)) {
		t.Errorf("%d found: %s", found, got)
	}
}

// Before the first keys there is no age; what went wrong is counted by its kind.
func TestMetricsOfFailingOperators(t *testing.T) {
	failing, rejected := startServer(t), startServer(t, uid2test.WithScope(codec.ScopeEUID))
	failing.Fail(uid2test.Fault{Status: 401})
	rejected.Fail(uid2test.Fault{Body: []byte(`{"body":{"keys":[]},"status":"success"}`)})
	a := start(t, `{"uid2":`+operatorOf(failing, "")+`,"euid":`+operatorOf(rejected, "")+`}`)
	_, names, _ := strings.Cut(metricsBefore, "# HELP uid2_key_refreshes_total")
	want := strings.NewReplacer(
		`uid2_keys_last_refresh_timestamp_seconds{scope="EUID"} VARYING`+"\n", ``, `uid2_keys_last_refresh_timestamp_seconds{scope="UID2"} VARYING`+"\n", ``,
		"# HELP uid2_keys_last_refresh_timestamp_seconds When a refresh last succeeded, by identity scope; absent before the first.\n# TYPE uid2_keys_last_refresh_timestamp_seconds gauge\n", ``,
		`uid2_keys{scope="EUID"} 4`, `uid2_keys{scope="EUID"} 0`, `uid2_keys{scope="UID2"} 4`, `uid2_keys{scope="UID2"} 0`,
		`uid2_keys_ready{scope="EUID"} 1`, `uid2_keys_ready{scope="EUID"} 0`, `uid2_keys_ready{scope="UID2"} 1`, `uid2_keys_ready{scope="UID2"} 0`,
		`success",scope="EUID"} 1`, `success",scope="EUID"} 0`, `success",scope="UID2"} 1`, `success",scope="UID2"} 0`,
		`failure",scope="UID2"} 0`, `failure",scope="UID2"} 1`, `rejected",scope="EUID"} 0`, `rejected",scope="EUID"} 1`,
		`uid2_operator_clock_offset_seconds{scope="UID2"} VARYING`, `uid2_operator_clock_offset_seconds{scope="UID2"} 0`,
		`uid2_operator_failures_total{scope="UID2"} 0`, `uid2_operator_failures_total{scope="UID2"} 1`,
	).Replace(names)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		eventually(t, ctx, func() error {
			if s := a.Keys(scope).Stats(); s.Failures+s.Rejected == 0 {
				return fmt.Errorf("%v: %v", scope, s)
			}
			return nil
		})
	}
	if _, got, _ := strings.Cut(varying.ReplaceAllString(metricsOf(t, a), "$1 VARYING"), "# HELP uid2_key_refreshes_total"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// There are metrics of opt-outs where opt-outs are kept, received and asked for.
func TestMetricsOfParts(t *testing.T) {
	server := startServer(t)
	all := names(described(t, withEverything(t).Collector()))
	withStore := func(more string) []string {
		store := fmt.Sprintf(`{"store":%q%s}`, filepath.Join(t.TempDir(), "optouts.db"), more)
		return names(described(t, start(t, `{"uid2":`+operatorOf(server, "")+`,"opt_outs":`+store+`}`).Collector()))
	}
	without := func(prefixes ...string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(name string) bool {
			return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
		})
	}
	const receiver, poller = "uid2_optout_receiver_", "uid2_optout_poll_"
	settingstest.Same(t, "metrics with a receiver", without(poller), withStore(`,"listen":"127.0.0.1:0","unauthenticated":true`))
	settingstest.Same(t, "metrics with polling", without(receiver), withStore(`,"poll":{"enabled":true}`))
	settingstest.Same(t, "metrics with a store", without(receiver, poller), withStore(``))
	nothing := start(t, `{"uid2":`+operatorOf(server, "")+`}`)
	settingstest.Same(t, "metrics without a store", without("uid2_optout_"), names(described(t, nothing.Collector())))
}
