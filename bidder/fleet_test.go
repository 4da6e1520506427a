package bidder_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
)

// A node starts without its fleet's servers, and isn't ready. What it is warned of is logged, or
// goes where the program says.
func TestJetStreamThatIsAway(t *testing.T) {
	server := startServer(t)
	var told atomic.Int32
	var log bytes.Buffer
	for _, warn := range []func(string){nil, func(string) { told.Add(1) }} {
		log.Reset()
		cfg := bidder.Config{
			Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)},
			OptOuts:   store(t),
			Logger:    slog.New(slog.NewTextHandler(&log, nil)),
		}
		// Nobody listens there, and it isn't an address of this machine alone.
		cfg.OptOuts.Fleet = bidder.JetStream(optout.Servers{URLs: "nats://0.0.0.0:1", Warn: warn}, optout.StreamConfig{})
		b, err := bidder.Start(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ready, health := b.Ready(time.Now()), b.Health(time.Now())
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if ready || !errors.Is(health, bidder.ErrNotReady) {
			t.Errorf("ready without its fleet: %v", health)
		}
		if logged := strings.Contains(log.String(), "level=WARN"); logged != (warn == nil) {
			t.Errorf("logged: %t\n%s", logged, &log)
		}
	}
	if told.Load() != 1 {
		t.Errorf("told %d times", told.Load())
	}
}
