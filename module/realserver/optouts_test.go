//go:build pbstree

package realserver_test

import (
	"net/http"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/natstest"
)

// Opt-outs survive the server, kill -9 included. A second server with the same file withholds everything
// until the first one has ended.
func TestOptOutsSurvive(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		w := newWorld(t)
		first, second := newHost(t, v, w), newHost(t, v, w)
		second.config.set(module+".opt_outs.store", first.Dir+"/optouts.db")
		first.startWithKeys()
		first.optOut(w.users[1])
		first.onlyTo(first.play(request{user: w.users[1]}))
		first.Kill()

		first.startWithKeys()
		second.start()
		for range 5 {
			first.onlyTo(first.play(request{user: w.users[1]}))
			first.onlyTo(first.play(request{user: w.users[0]}), usual...)
			second.onlyTo(second.play(request{user: w.users[0]}))
		}
		first.nothingLeaked()
		second.awaitAnnotated(w.users[0])
		second.onlyTo(second.play(request{user: w.users[1]}))
		second.nothingLeaked()
	})
}

// Two servers share opt-outs by NATS. While it is away, auctions go on and whoever is known to have opted out
// stays so; a server that starts then withholds until it has read the log.
func TestFleetWithoutNATS(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		w := newWorld(t)
		nats := natstest.Start(t, 1, natstest.Options{})
		a, b := newHost(t, v, w), newHost(t, v, w)
		for _, h := range []*host{a, b} {
			h.config.set(module+".opt_outs.nats.urls", nats.URLs())
		}
		a.startWithKeys()
		b.startWithKeys()
		a.optOut(w.users[1])
		until(t, func() bool { return b.play(request{user: w.users[1]}).annotation("pubmatic").Status == "UserOptedOut" })

		nats.Stop(0)
		for range 10 {
			for _, h := range []*host{a, b} {
				h.onlyTo(h.play(request{user: w.users[0]}), usual...)
				h.onlyTo(h.play(request{user: w.users[1]}))
			}
		}
		if status := a.sendOptOut(w.users[2]); status != http.StatusServiceUnavailable {
			t.Errorf("an opt-out that can't be kept is answered %d", status)
		}
		b.stop()
		b.start()
		for range 5 {
			b.onlyTo(b.play(request{user: w.users[0]}))
		}

		nats.Start(0)
		until(t, func() bool { return a.sendOptOut(w.users[4]) == http.StatusOK })
		b.awaitAnnotated(w.users[0])
		until(t, func() bool { return b.play(request{user: w.users[4]}).annotation("pubmatic").Status == "UserOptedOut" })
		b.onlyTo(b.play(request{user: w.users[1]}))
		a.nothingLeaked()
		b.nothingLeaked()
	})
}
