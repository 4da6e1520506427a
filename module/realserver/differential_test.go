//go:build pbstree

package realserver_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/pbstree"
	"github.com/uid2rtb/uid2rtb/module/hostile"
)

// Beside its annotations the module changes nothing: hostile auctions have the same responses, and the
// same requests to bidders, from a server with the module and from the same server without it.
func TestDifferential(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		w := newWorld(t)
		generator := hostile.New(*seed, hostile.World{Users: w.users, Guessed: w.guessed, DebugIn10: 3,
			Listed: listings, Attacker: w.dsp.server.URL[len("http://"):]})
		with, without := newHost(t, v, w), newHost(t, v, w)
		for _, h := range []*host{with, without} {
			store(t, h.Dir, "stored_requests", generator.StoredRequests())
			h.storeFor(w.users[0].Tokens[2])
		}
		without.idle()
		without.start()
		with.startWithKeys()
		for _, user := range w.users {
			if user.Gone {
				with.optOut(user)
			}
		}

		for _, auction := range ordinary(w) {
			if difference := differ(with.play(auction.request), without.play(auction.request)); difference != "" {
				t.Errorf("%s: %s", auction.name, difference)
			}
		}
		counts := map[string]int{}
		for number := range uint64(*auctions) {
			compareHostile(t, with, without, number, generator.Auction(number), counts)
		}
		t.Log(counts)
		if counts["refused"] > counts["played"]*2/3 || counts["raw UIDs given"] < counts["played"]/3 {
			t.Error("the comparison proves little")
		}
		with.nothingLeaked()
		without.stop()
	})
}

// compareHostile plays an auction with both servers, unless it is one whose results differ by intention.
func compareHostile(t *testing.T, with, without *host, number uint64, auction *hostile.Auction, counts map[string]int) {
	t.Helper()
	if slices.ContainsFunc(auction.Tricks, changesMore) {
		counts["not played"]++
		return
	}
	a, b := with.playHostile(auction), without.playHostile(auction)
	counts["played"]++
	if a.status != http.StatusOK {
		counts["refused"]++
	}
	counts["requests to bidders"] += len(a.sent)
	for _, one := range a.sent {
		counts["raw UIDs given"] += len(with.search.In(one.body))
	}
	if difference := differ(a, b); difference != "" {
		t.Errorf("auction %d of seed %d, %v: %s", number, *seed, auction.Tricks, difference)
	}
}

var listings = []hostile.Listing{{Name: "thetradedesk"}, {Name: "pubmatic"}, {Name: "hostdsp"}, {Name: "ourdsp", AliasOf: "appnexus"}}

// idle replaces the module by one of Prebid Server's that has nothing to do: with any hook at all
// Prebid Server prepares requests in another way than without, such as what becomes of user.ext.eids.
func (h *host) idle() {
	h.t.Helper()
	const idle = "prebid.rulesengine"
	if err := os.Symlink(filepath.Join(h.version.Tree, "modules"), filepath.Join(h.Dir, "modules")); err != nil { // its schema
		h.t.Fatal(err)
	}
	h.config.set(module, unset)
	h.config.set("hooks.modules."+idle+".enabled", true)
	group := settings{"groups": []settings{{"timeout": 1000, "hook_sequence": []settings{{"module_code": idle, "hook_impl_code": idle}}}}}
	for _, endpoint := range []string{"/openrtb2/auction", "/openrtb2/amp"} {
		h.config.set("hooks.host_execution_plan.endpoints."+endpoint+".stages", settings{"processed_auction_request": group})
	}
}

// changesMore reports whether the module takes more away than the annotation in auctions with a trick,
// or Prebid Server something at random.
func changesMore(trick string) bool {
	kind, what, _ := strings.Cut(trick, ": ")
	return (kind == "forgery" || kind == "eids") && strings.Contains(what, "second") || // who spells keys in a second way loses what stands there
		trick == "stored request" || // whose tricks aren't known
		trick == "echo: ad server targeting" || trick == "echo: stored bid response" || // takes any of several bids, or of equal ones
		trick == "eids: permissions" // strips EIDs from bidders at random (prebid-server issue 4792)
}

// playHostile plays an auction that Prebid Server may refuse.
func (h *host) playHostile(auction *hostile.Auction) result {
	h.t.Helper()
	h.dsp.take()
	result, err := h.send(auction)
	if err != nil {
		h.t.Fatalf("%v\n%s", err, pbstree.Tail(h.logs()))
	}
	result.sent = h.dsp.take()
	return result
}

// differ says in what two results of an auction differ, if they do.
func differ(a, b result) string {
	if a.status != b.status {
		return fmt.Sprintf("status %d and %d", a.status, b.status)
	}
	if a.status != http.StatusOK {
		return "" // of several mistakes either text names one
	}
	if at, bt := normal(a.answer), normal(b.answer); at != bt {
		return "the responses " + apart(at, bt)
	}
	as, bs := normalRequests(a.sent), normalRequests(b.sent)
	if len(as) != len(bs) {
		return fmt.Sprintf("%d and %d requests to bidders", len(as), len(bs))
	}
	for i := range as {
		if as[i] != bs[i] {
			return "requests to bidders " + apart(as[i], bs[i])
		}
	}
	return ""
}

func normalRequests(sent []sent) (all []string) {
	for _, one := range sent {
		all = append(all, one.to+" "+normal(one.body))
	}
	slices.Sort(all)
	return all
}

// apart shows where two texts part.
func apart(a, b string) string {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	around := func(text string) string { return text[max(0, at-150):min(len(text), at+150)] }
	return fmt.Sprintf("part:\n\t%s\nand\n\t%s", around(a), around(b))
}
