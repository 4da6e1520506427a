package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// mounted is a directory with one secret, which changes as a secret that Kubernetes mounts does: a
// symbolic link leads to another directory.
type mounted struct {
	dir     string
	version int
}

func (m *mounted) path() string { return filepath.Join(m.dir, "token") }

func (m *mounted) put(t *testing.T, text string) {
	t.Helper()
	m.version++
	name := fmt.Sprintf("..%d", m.version)
	if err := os.Mkdir(filepath.Join(m.dir, name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.dir, name, "token"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(m.dir, "..next")
	if err := os.Symlink(name, next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(m.dir, "..data")); err != nil {
		t.Fatal(err)
	}
	if m.version > 1 {
		return
	}
	if err := os.Symlink(filepath.Join("..data", "token"), m.path()); err != nil {
		t.Fatal(err)
	}
}

// TestOptOutServeRotation: the token is replaced while opt-outs come, and none is refused.
func TestOptOutServeRotation(t *testing.T) {
	secret := &mounted{dir: t.TempDir()}
	secret.put(t, "token-0\n")
	lines, stop := serve(t, "-store", filepath.Join(t.TempDir(), "optouts.db"), "-bearer-token-file", secret.path(), "-metrics", "127.0.0.1:0")
	addr, metrics := after(t, lines, "listening at "), after(t, lines, "metrics at ")
	operator := uid2test.NewUnstartedServer()
	var sends atomic.Pointer[string]
	first := "Bearer token-0"
	sends.Store(&first)
	var senders sync.WaitGroup
	var over atomic.Bool
	var received atomic.Int64
	for i := range 4 {
		senders.Go(func() {
			for j := 0; !over.Load(); j++ {
				raw := operator.RawUID(uid2test.TokenSpec{Email: fmt.Sprintf("user%d.%d@example.com", i, j)}).Reveal()
				if got := webhook(t, addr, raw, "Authorization", *sends.Load()); got != 200 {
					t.Errorf("refused: %d", got)
				}
				received.Add(1)
			}
		})
	}
	some := func() {
		for until := received.Load() + 20; received.Load() < until; {
			time.Sleep(time.Millisecond)
		}
	}
	for i := range 5 {
		next := fmt.Sprintf("token-%d", i+1)
		secret.put(t, fmt.Sprintf("token-%d\n%s\n", i, next))
		some()
		if got := webhook(t, addr, "", "Authorization", "Bearer wrong"); got != 401 {
			t.Errorf("a wrong token: %d", got)
		}
		next = "Bearer " + next
		sends.Store(&next)
		some()
	}
	over.Store(true)
	senders.Wait()

	secret.put(t, "\n")
	if got := webhook(t, addr, "", "Authorization", "Bearer wrong"); got != 401 {
		t.Errorf("a wrong token: %d", got)
	}
	after(t, lines, "uid2: optout: the secrets of the receiver can't be read again")
	if got := fetch(t, strings.Replace(metrics, "/metrics", "/readyz", 1)); !strings.Contains(got, `"status":"ready"`) || !strings.Contains(got, `"code":"not_reloaded"`) || strings.Contains(got, "token-") {
		t.Error(got)
	}
	if got := webhook(t, addr, "", "Authorization", *sends.Load()); got != 200 {
		t.Errorf("the last good token: %d", got)
	}
	secret.put(t, "token-6\n")
	if got := webhook(t, addr, "", "Authorization", "Bearer token-6"); got != 200 {
		t.Errorf("the token after it: %d", got)
	}
	after(t, lines, "uid2: the secrets of the receiver have been read again")
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}
