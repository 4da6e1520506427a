// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestOptingOutWhileAuctionsRun: a user who opts out gets no bid on their raw UID from the moment on at which the operator's
// webhook is answered, whatever the version of the raw UID, and after a restart too.
func TestOptingOutWhileAuctionsRun(t *testing.T) {
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		settings := map[string]any{"opt_outs": map[string]any{"store": filepath.Join(t.TempDir(), "optouts.db"), "listen": "127.0.0.1:0", "bearer_token": "t0ken"}}
		s := newStand(t, setup{noStore: true, config: settings})
		feed := s.uid2.AddWebhook(uid2test.Webhook{
			URL:    "http://" + s.module.ReceiverAddr().String() + "/optout",
			Query:  []string{"action=dooptout", "uid2=${ADVERTISING_ID}", "timestamp=${OPTOUT_EPOCH}"},
			Header: []string{"Authorization: Bearer t0ken"}, Retries: 100, Backoff: 10 * time.Millisecond,
		})
		waitForOptOuts(t, s)
		gone, here := uid2test.TokenSpec{Email: "gone@example.com", RawUIDVersion: version}, uid2test.TokenSpec{Email: alice, RawUIDVersion: version}
		s.auction(s.request(s.uid2.Token(gone), nil))
		if got := s.annotated("thetradedesk"); got.Status != "Success" || got.Raw != s.uid2.RawUID(gone).Reveal() || got.OptedOut == nil || *got.OptedOut {
			t.Fatalf("version %d, before: %q", version, got.Status)
		}
		s.uid2.OptOut(s.uid2.RawUID(gone), time.Unix(1_700_000_000, 0))
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := feed.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		for _, restarted := range []bool{false, true} {
			if restarted {
				if err := s.pbs.Close(); err != nil {
					t.Fatal(err)
				}
				s.start(setup{noStore: true, config: settings})
				waitForOptOuts(t, s)
			}
			s.auction(s.request(s.uid2.Token(gone), nil))
			if got := s.annotated("thetradedesk"); got.Status != "UserOptedOut" || got.Raw != "" || got.OptedOutSince != 1_700_000_000_000 {
				t.Errorf("version %d, restarted %v: %q since %d", version, restarted, got.Status, got.OptedOutSince)
			}
			if strings.Contains(string(s.sent("thetradedesk")), s.uid2.RawUID(gone).Reveal()) {
				t.Errorf("version %d: the raw UID is in the request", version)
			}
			s.auction(s.request(s.uid2.Token(here), nil))
			if got := s.annotated("thetradedesk"); got.Status != "Success" || got.Raw == "" {
				t.Errorf("version %d, restarted %v: somebody else got %q", version, restarted, got.Status)
			}
		}
		metrics := string(s.metricsText())
		if !strings.Contains(metrics, "uid2_optout_users 1") || !strings.Contains(metrics, "uid2_optout_synced 1") || !strings.Contains(metrics, "uid2_optout_receiver_refused_total 0") {
			t.Errorf("metrics:\n%s", metrics)
		}
	}
}

func waitForOptOuts(t *testing.T, s *stand) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.module.OptOuts().WaitSynced(ctx); err != nil {
		t.Fatal(err)
	}
}
