package bidder_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// unreadable is a log that can't be read.
type unreadable struct {
	optout.Log
	err error
}

func (u unreadable) Replay(context.Context, uint64, func(uint64, optout.Entry) error) error {
	return u.err
}

func TestOptOutsThatCannotBeRead(t *testing.T) {
	server := startServer(t)
	fault := errors.New("the disk is broken")
	cfg := bidder.Config{Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}, OptOuts: store(t)}
	cfg.OptOuts.Fleet = func(local *optout.File, _ *slog.Logger) (optout.Log, error) { return unreadable{local, fault}, nil }
	b := start(t, cfg)
	if err := b.WaitReady(context.Background()); !errors.Is(err, bidder.ErrNotReady) || !errors.Is(err, fault) {
		t.Error(err)
	}
	err := b.Health(time.Now())
	if !errors.Is(err, bidder.ErrNotReady) || !errors.Is(err, fault) || !strings.Contains(err.Error(), "the opt-outs can't be read") {
		t.Error(err)
	}
	if opened, err := bidder.Open(context.Background(), cfg); opened != nil || !errors.Is(err, bidder.ErrNotReady) {
		t.Error(err)
	}
}

// An operator that isn't asked about opt-outs is worth an alert, and keeps nobody from bidding.
func TestPollerThatFails(t *testing.T) {
	server := startServer(t)
	server.Fail(uid2test.Fault{Path: uid2test.PathOptOutStatus, Status: http.StatusForbidden})
	optOuts := store(t)
	optOuts.Poll, optOuts.Poller = true, []optout.PollerOption{optout.WithPause(10 * time.Millisecond)}
	b := open(t, bidder.Config{Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}, OptOuts: optOuts})
	if got := outcomes(t, b, requestFor(server.Token(alice))); got[0] != bidder.Usable {
		t.Error(got)
	}
	eventually(t, "unwell", func() bool { return b.Health(time.Now()) != nil })
	if err := b.Health(time.Now()); errors.Is(err, bidder.ErrNotReady) || !strings.Contains(err.Error(), "an operator wasn't asked who has opted out") || !b.Ready(time.Now()) {
		t.Error(err)
	}
}

func TestOpenOfAnImpossibleConfiguration(t *testing.T) {
	var impossible *bidder.ConfigError
	if b, err := bidder.Open(context.Background(), bidder.Config{}); b != nil || !errors.As(err, &impossible) {
		t.Error(err)
	}
}

func TestOpenWithMode(t *testing.T) {
	server := startServer(t)
	b := open(t, bidder.Config{
		Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}, Mode: bidder.Replace,
		OptOuts: bidder.OptOuts{Source: new(bidstream.MemoryOptOuts)},
	})
	annotated, _, err := b.Annotate(nil, requestFor(server.Token(alice)), time.Now())
	if want := `[{"id":"` + server.RawUID(alice).Reveal() + `"}]`; err != nil || !strings.Contains(string(annotated), want) {
		t.Errorf("%v: %s", err, annotated)
	}
}
