package metrics_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// While one file of a new pair is there and the other isn't, the metrics say so; then the new pair counts as
// reloaded.
func TestMetricsOfARotation(t *testing.T) {
	server := startServer(t)
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("key", server.Client().APIKey)
	write("secret", server.Client().ClientSecret)
	write("token", "the token of the webhook")
	cfg, err := bidder.ParseConfig([]byte(fmt.Sprintf(`{"uid2": {"base_url": %q, "api_key_file": %q, "client_secret_file": %q},
		"opt_outs": {"store": %q, "listen": "127.0.0.1:0", "bearer_token_file": %q}}`,
		server.URL, filepath.Join(dir, "key"), filepath.Join(dir, "secret"), filepath.Join(dir, "optouts.db"), filepath.Join(dir, "token"))))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Operators[0].RefreshInterval = 5 * time.Millisecond
	b := openConfig(t, cfg)
	shows := func(lines ...string) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			got, all := metricsOf(t, b), true
			for _, line := range lines {
				all = all && strings.Contains(got, line+"\n")
			}
			if all {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%q aren't in %s", lines, got)
			}
		}
	}
	shows(`uid2_operator_not_reloaded{scope="UID2"} 0`, "uid2_optout_receiver_not_reloaded 0")
	next := server.AddClient(uid2test.Client{SiteID: server.Client().SiteID, Roles: uid2test.IDReader, Reads: []uint32{uid2test.EverySite}})
	write("key", next.APIKey)
	shows(`uid2_operator_not_reloaded{scope="UID2"} 1`, `uid2_operator_reloads_total{scope="UID2"} 0`)
	write("secret", next.ClientSecret)
	shows(`uid2_operator_not_reloaded{scope="UID2"} 0`, `uid2_operator_reloads_total{scope="UID2"} 1`)
}
