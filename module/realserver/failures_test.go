//go:build pbstree

package realserver_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// An operator that fails in whatever way costs nothing but news: auctions go on with the keys that are there.
func TestOperatorFails(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		for name, fault := range map[string]uid2test.Fault{
			"error": {Status: http.StatusInternalServerError}, "unauthorized": {Status: http.StatusUnauthorized}, "no answer": {Drop: true},
			"garbage": {Garbage: true}, "another nonce": {WrongNonce: true}, "another secret": {WrongSecret: true}, "half": {Truncate: true},
			"nothing": {Body: []byte(`{}`)}, "slow": {Delay: time.Minute},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				h := newHost(t, v, w)
				h.config.set(module+".uid2.refresh_interval", "1s")
				h.startWithKeys()
				before := w.UID2.Requests(uid2test.PathBidstream)
				w.UID2.Fail(fault)
				until(t, func() bool { return w.UID2.Requests(uid2test.PathBidstream) > before })
				for i := range 20 {
					h.onlyTo(h.play(request{user: w.users[i%5]}), usual...)
				}
				h.nothingLeaked()
			})
		}
	})
}

// New keys arrive while auctions go on.
func TestNewKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		w := newWorld(t)
		h := newHost(t, v, w)
		h.config.set(module+".uid2.refresh_interval", "1s")
		h.startWithKeys()
		w.UID2.RotateKeys()
		h.awaitAnnotated(w.user(2)) // whose tokens are new
		h.onlyTo(h.play(request{user: w.users[0]}), usual...)
		h.nothingLeaked()
	})
}

// A server that starts without an operator plays auctions without annotations until the operator is there.
// With the file of the last good keys it needs none.
func TestOperatorDownAtStart(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		w := newWorld(t)
		h := newHost(t, v, w)
		w.UID2.Fail(uid2test.Fault{Drop: true})
		h.start()
		for range 5 {
			got := h.play(request{user: w.users[0]})
			h.onlyTo(got)
			if a := got.annotation("pubmatic"); a.Status == "" || a.Status == "Success" {
				t.Errorf("without keys the annotation is %q", a.Status)
			}
		}
		w.UID2.Heal()
		h.awaitAnnotated(w.users[0])
		h.stop()

		w.UID2.Fail(uid2test.Fault{Drop: true})
		h.start()
		h.awaitAnnotated(w.users[0])
		h.nothingLeaked()
	})
}

// until waits for something that must come.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never happened")
		}
	}
}
