//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

var forLong = flag.Duration("serve-for", 6*time.Second, "how long the sidecar serves while it is restarted and its secrets are rotated; 30m is much")

const (
	forLongSteps    = 30 // in each, all secrets are rotated
	forLongRestarts = 5  // steps between two restarts
)

// forLongGrowth is the number of MB that a process may grow by, from its first step to its last.
var forLongGrowth = 8.0

// secretFiles are the files of a sidecar whose secrets are rotated.
type secretFiles struct {
	t        *testing.T
	operator *uid2test.Server
	reader   *uid2test.Client
	dir      string
}

// put replaces a file in one step.
func (f *secretFiles) put(name, text string) {
	f.t.Helper()
	next := filepath.Join(f.dir, name+".next")
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(f.dir, name)); err != nil {
		f.t.Fatal(err)
	}
}

// rotate gives the operator's reader another key and secret, revokes those from before, and puts
// another token beside that of the clients.
func (f *secretFiles) rotate(step int) {
	f.t.Helper()
	old := f.reader
	f.reader = f.operator.AddClient(uid2test.Client{SiteID: f.operator.Client().SiteID, Roles: uid2test.IDReader, Reads: []uint32{uid2test.EverySite}})
	f.put("key", f.reader.APIKey)
	f.put("secret", f.reader.ClientSecret)
	f.put("token", fmt.Sprintf("0123456789-another-%d\n%s\n", step, sidecarSecret))
	if old != nil {
		f.operator.RemoveClient(old)
	}
}

// config writes the sidecar's configuration.
func (f *secretFiles) config() string {
	f.t.Helper()
	f.put("config", fmt.Sprintf(`{"uid2": {"base_url": %q, "api_key_file": %q, "client_secret_file": %q, "refresh_interval": "1s"}, "opt_outs": {"store": %q}}`,
		f.operator.URL, filepath.Join(f.dir, "key"), filepath.Join(f.dir, "secret"), filepath.Join(f.dir, "optouts.db")))
	return filepath.Join(f.dir, "config")
}

// TestServeForLong: while one process after another takes the socket over, and all secrets are
// rotated, each request is answered with its raw UID, and no process grows.
func TestServeForLong(t *testing.T) {
	f := &secretFiles{t: t, operator: local(t), dir: t.TempDir()}
	f.rotate(0)
	at := freePort(t)
	args := []string{"serve", "-config", f.config(), "-listen", at, "-token-file", filepath.Join(f.dir, "token"), "-takeover"}
	p := start(t, nil, args...)
	after(t, p.lines, "listening at ")
	l := loadOn(t, at, f.operator, 5*time.Millisecond)
	var sizes []float64
	for step := range forLongSteps {
		time.Sleep(*forLong / forLongSteps)
		sizes = append(sizes, sizeOf(t, p))
		f.rotate(step)
		if step%forLongRestarts == forLongRestarts-1 {
			if grew := sizes[len(sizes)-1] - sizes[0]; grew > forLongGrowth {
				t.Errorf("the process grew by %.1f MB: %.1f", grew, sizes)
			}
			t.Logf("%d answered; MB: %.1f", l.sent.Load(), sizes)
			next := start(t, nil, args...)
			after(t, next.lines, "listening at ")
			if err := p.Wait(); err != nil {
				t.Error("the process before:", err)
			}
			p, sizes = next, nil
		}
	}
	l.stop(t)
	if l.withUID.Load() != l.sent.Load() {
		t.Error("not all had the raw UID")
	}
	p.terminate(t)
}

// sizeOf returns how many MB of memory a process has.
func sizeOf(t *testing.T, p *process) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatal("the process has no memory")
	}
	kB, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return float64(kB) / 1024
}
