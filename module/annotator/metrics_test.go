package annotator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

func TestMetrics(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, "")
	req := &openrtb2.BidRequest{User: userWith(aliceToken(server), "not a token")}
	_, applied, _ := decide(t, a, "dsp", req, "")
	a.CountApplied(applied)
	a.CountApplied(annotator.Applied{Removed: 2, Unreadable: true})
	a.CountPanic()
	a.Resolve(context.Background(), &openrtb2.BidRequest{Regs: &openrtb2.Regs{COPPA: 1}}, time.Now())
	want := `
# HELP uid2_decrypt_annotations_total Annotations written into bidder requests.
# TYPE uid2_decrypt_annotations_total counter
uid2_decrypt_annotations_total 2
# HELP uid2_decrypt_panics_total Panics recovered in hooks.
# TYPE uid2_decrypt_panics_total counter
uid2_decrypt_panics_total 1
# HELP uid2_decrypt_raw_uids_total Raw UIDs written into requests of listed bidders.
# TYPE uid2_decrypt_raw_uids_total counter
uid2_decrypt_raw_uids_total 1
# HELP uid2_decrypt_uids_removed_total Uids removed from bidder requests by the modes replace and drop_opted_out.
# TYPE uid2_decrypt_uids_removed_total counter
uid2_decrypt_uids_removed_total 2
# HELP uid2_decrypt_unreadable_users_total Bidder requests whose eids could not be read safely and were removed.
# TYPE uid2_decrypt_unreadable_users_total counter
uid2_decrypt_unreadable_users_total 1
# HELP uid2_keys_ready 1 if an unexpired key is held, by identity scope.
# TYPE uid2_keys_ready gauge
uid2_keys_ready{scope="UID2"} 1
`
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(a.Collector())
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "uid2_decrypt_annotations_total", "uid2_decrypt_panics_total",
		"uid2_decrypt_raw_uids_total", "uid2_decrypt_uids_removed_total", "uid2_decrypt_unreadable_users_total", "uid2_keys_ready"); err != nil {
		t.Error(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, label := range metric.GetLabel() {
				labels = append(labels, label.GetValue())
			}
			counts[family.GetName()+" "+strings.Join(labels, " ")] = metric.GetCounter().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"uid2_decrypt_tokens_total Success":        1,
		"uid2_decrypt_tokens_total InvalidPayload": 1,
		"uid2_decrypt_tokens_total ExpiredToken":   0,
		"uid2_decrypt_gates_closed_total coppa":    1,
		"uid2_key_refreshes_total success UID2":    1,
	} {
		if got, there := counts[name]; !there || got != want {
			t.Errorf("%s: %v, there %t, want %v", name, got, there, want)
		}
	}
}
