package bidder_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
)

// After Close nothing is received and no operator is called. What was known stays usable.
func TestClose(t *testing.T) {
	server := startServer(t)
	optOuts := store(t)
	optOuts.Listen, optOuts.Receiver, optOuts.Poll = "127.0.0.1:0", []optout.ReceiverOption{optout.WithoutAuthentication()}, true
	b := open(t, bidder.Config{Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}, OptOuts: optOuts})
	runs := []string{"internal/refresh.(*Loop)", "optout.(*Poller)"}
	for _, what := range runs {
		eventually(t, "started "+what, func() bool { return running(what) })
	}
	closeNow(t, b)
	for _, what := range runs {
		eventually(t, "ended "+what, func() bool { return !running(what) })
	}
	if connection, err := net.DialTimeout("tcp", b.ReceiverAddr().String(), 10*time.Second); err == nil {
		connection.Close()
		t.Error("something listens after the end")
	}
	if _, err := b.Client(codec.ScopeUID2).BidstreamKeys(context.Background()); !errors.Is(err, operator.ErrClosed) {
		t.Errorf("the operator's client isn't closed: %v", err)
	}
	if got := outcomes(t, b, requestFor(server.Token(alice))); got[0] != bidder.Usable || b.Client(codec.ScopeEUID) != nil {
		t.Error(got)
	}
}

// running reports whether a goroutine is in some of this module's code.
func running(what string) bool {
	stacks := make([]byte, 1<<20)
	return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "github.com/uid2rtb/uid2rtb/"+what+".")
}
