//go:build go1.25

package operator_test

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/uid2rtb/uid2rtb/operator"
)

var troubledCalls = flag.Int("calls", 300, "how many calls TestCallsThroughTrouble makes in all")

// TestCallsThroughTrouble makes calls while idle connections are dropped in every way and the
// operator's servers restart, one at a time, with and without a proxy in between. No call fails,
// and no answered request is sent again.
func TestCallsThroughTrouble(t *testing.T) {
	const ways = 3
	n := (*troubledCalls + ways - 1) / ways
	t.Run("no proxy", func(t *testing.T) {
		tr := newTrouble(t, false)
		tr.play(t, n, newClient(t, "http://"+tr.back.Addr().String()), tr.back)
	})
	t.Run("CONNECT", func(t *testing.T) {
		tr := newTrouble(t, true)
		p := newProxy(t, tr.back.Addr().String())
		p.Start()
		environment(t, map[string]string{"HTTPS_PROXY": p.URL})
		tr.play(t, n, newClient(t, "https://example.com", operator.WithCAFile(tr.caFile)), tr.back)
		if !strings.HasPrefix(p.saw(), "CONNECT example.com:443") {
			t.Error("nothing went through the proxy")
		}
	})
	t.Run("plain proxy", func(t *testing.T) {
		tr := newTrouble(t, false)
		p := newProxy(t, tr.back.Addr().String())
		p.Start()
		front := newBalancer(t, 1, func() string { return p.Listener.Addr().String() })
		environment(t, map[string]string{"HTTP_PROXY": "http://" + front.Addr().String()})
		tr.play(t, n, newClient(t, "http://example.com"), front)
		if !strings.HasPrefix(p.saw(), "POST example.com") {
			t.Error("nothing went through the proxy")
		}
	})
}

// trouble is an operator with two servers behind a load balancer.
type trouble struct {
	notes    *answered
	backends []*backend
	back     *balancer
	caFile   string
}

func newTrouble(t *testing.T, secure bool) *trouble {
	t.Helper()
	tr := &trouble{notes: newAnswered()}
	settled := 1
	var certificate *httptest.Server
	if secure {
		settled = 2
		certificate = httptest.NewTLSServer(nil)
		tr.caFile = certificateOf(t, certificate)
		certificate.Close()
	}
	for range 2 {
		b := newBackend(tr.notes, certificate)
		t.Cleanup(b.stop)
		tr.backends = append(tr.backends, b)
	}
	tr.back = newBalancer(t, settled, tr.backends[0].address, tr.backends[1].address)
	return tr
}

// play makes n calls, up to 16 concurrently. idle drops idle connections: between calls, and during
// them.
func (tr *trouble) play(t *testing.T, n int, c *operator.Client, idle *balancer) {
	t.Helper()
	var dropped, restarts atomic.Int64
	for round, made := 0, 0; made < n; round++ {
		var calls sync.WaitGroup
		dropIdle := func() { dropped.Add(int64(idle.dropIdle(drop(round / 3 % 3)))) }
		if round%3 == 1 {
			calls.Go(dropIdle)
		}
		if round%10 == 9 {
			calls.Go(tr.backends[round/10%2].restart)
			restarts.Add(1)
		}
		for range min(1+round*5%16, n-made) {
			made++
			payload := fmt.Sprintf(`{"ID":%d}`, made)
			calls.Go(func() {
				if got, err := c.GenerateToken(t.Context(), []byte(payload)); err != nil || string(got) != payload {
					t.Errorf("%s: %s, %v", payload, got, err)
				}
			})
		}
		calls.Wait()
		if round%3 != 1 {
			dropIdle()
		}
	}
	tr.notes.check(t, n)
	stats := c.Stats()
	if stats.Failures != 0 || stats.Resent == 0 || dropped.Load() == 0 || restarts.Load() == 0 {
		t.Errorf("%+v, %d connections dropped, %d restarts", stats, dropped.Load(), restarts.Load())
	}
	t.Logf("%+v, %d connections dropped, %d restarts", stats, dropped.Load(), restarts.Load())
}
