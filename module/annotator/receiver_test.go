package annotator_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// The parameters have the names that are configured, and those of the opt-out service by default; the time that comes with an
// opt-out is the one in annotations.
func TestReceiverParameters(t *testing.T) {
	server := startServer(t)
	for settings, query := range map[string]string{
		``:                       "uid2=%s&timestamp=1700000000",
		`,"id_parameter":"id"`:   "id=%s&timestamp=1700000000&uid2=x",
		`,"time_parameter":"at"`: "uid2=%s&at=1700000000&timestamp=1",
		`,"id_parameter":"id","time_parameter":"at"`:  "id=%s&at=1700000000",
		`,"id_parameter":null,"time_parameter":"uid"`: "uid2=%s&uid=1700000000",
	} {
		a := start(t, fmt.Sprintf(`{"uid2":%s,"bidders":[{"name":"dsp"}],"opt_outs":{"store":%q,"listen":"127.0.0.1:0","unauthenticated":true%s}}`,
			operatorOf(server, ""), filepath.Join(t.TempDir(), "optouts.db"), settings))
		waitForKeys(t, a, codec.ScopeUID2)
		if err := a.OptOuts().WaitSynced(context.Background()); err != nil {
			t.Fatal(err)
		}
		raw := server.RawUID(uid2test.TokenSpec{Email: "alice@example.com"}).Reveal()
		request, err := http.NewRequestWithContext(context.Background(), "GET", "http://"+a.ReceiverAddr().String()+"/?"+fmt.Sprintf(query, url.QueryEscape(raw)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if status := answer(t, request); status != 200 {
			t.Errorf("%s: %d", settings, status)
		}
		user, _, err := decide(t, a, "dsp", requestWith(aliceToken(server)), "")
		if got, want := string(user.EIDs[0].UIDs[0].Ext), `{"uid2":{"status":"UserOptedOut","opted_out":true,"opted_out_since":1700000000000}}`; err != nil || got != want {
			t.Errorf("%s: %s, want %s; %v", settings, got, want, err)
		}
	}
}

// The receiver takes requests with up to 64 KiB of header, or a little more, and none after Close.
func TestReceiverEnds(t *testing.T) {
	t.Parallel() // after the answer 431 net/http waits for half a second
	a, _ := startStore(t, filepath.Join(t.TempDir(), "optouts.db"), `,"listen":"127.0.0.1:0","unauthenticated":true`)
	address := a.ReceiverAddr().String()
	for size, want := range map[int]int{0: 200, 63 << 10: 200, 80 << 10: 431} {
		if got := statusOf(t, address, "X-Long", strings.Repeat("x", size)); got != want {
			t.Errorf("%d bytes of header: %d, want %d", size, got, want)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if connection, err := net.Dial("tcp", address); err == nil {
		connection.Close()
		t.Error("something listens after the end")
	}
}

// Who is met is asked about at the operator of the same scope.
func TestPollingByScope(t *testing.T) {
	uid2, euid := startServer(t), startServer(t, uid2test.WithScope(codec.ScopeEUID))
	n := &node{Annotator: start(t, fmt.Sprintf(`{"uid2":%s,"euid":%s,"bidders":[{"name":"dsp"}],"opt_outs":{"store":%q,"poll":{"enabled":true,"pause":"10ms"}}}`,
		operatorOf(uid2, ""), operatorOf(euid, ""), filepath.Join(t.TempDir(), "optouts.db")))}
	waitForKeys(t, n.Annotator, codec.ScopeUID2, codec.ScopeEUID)
	if err := n.OptOuts().WaitSynced(context.Background()); err != nil {
		t.Fatal(err)
	}
	out := uid2test.TokenSpec{Email: "out@example.com"}
	token := euid.Token(out)
	euid.OptOutUser(out, time.Unix(1_700_000_000, 0))
	req := requestWith(token)
	req.User.EIDs[0].Source = euidSource
	optedOut := func() error {
		if statuses := n.Resolve(context.Background(), req, time.Now()).Statuses(); statuses["UserOptedOut"] != 1 {
			return fmt.Errorf("%v", statuses)
		}
		return nil
	}
	eventually(t, context.Background(), optedOut)
	if asked := uid2.Requests(uid2test.PathOptOutStatus); asked != 0 {
		t.Errorf("the other operator was asked %d times", asked)
	}
}

// What New isn't told to have, it hasn't.
func TestWithoutStore(t *testing.T) {
	server := startServer(t)
	a := newAnnotator(t, server, "")
	if a.OptOuts() != nil || a.ReceiverAddr() != nil || a.Keys(codec.ScopeEUID) != nil {
		t.Error("there is a store, or keys")
	}
	if auction := a.Resolve(context.Background(), &openrtb2.BidRequest{}, time.Now()); len(auction.Statuses()) != 0 {
		t.Errorf("%v", auction.Statuses())
	}
}
