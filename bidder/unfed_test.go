package bidder_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
)

// lockedBuffer takes lines from any goroutine.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// The store is read before the receiver or the poller is there: that is no reason to warn.
func TestFedStoreIsNotCalledUnfed(t *testing.T) {
	server := startServer(t)
	read := func(log *lockedBuffer) bool { return strings.Contains(log.String(), "the opt-outs are read") }
	for name, slowly := range map[string]func(*bidder.Config, func()){
		"receiver": func(cfg *bidder.Config, wait func()) {
			cfg.OptOuts.Listen = "127.0.0.1:0"
			cfg.OptOuts.Receiver = []optout.ReceiverOption{optout.WithBearerFrom(func() ([]string, error) {
				wait()
				return []string{"a secret of the sender"}, nil
			})}
		},
		"poller": func(cfg *bidder.Config, wait func()) {
			cfg.OptOuts.Poll = true
			cfg.Operators[0].Options = append(cfg.Operators[0].Options, operator.WithProxyFrom(func() (string, error) {
				wait()
				return "none", nil
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var log lockedBuffer
			cfg := bidder.Config{
				Operators: []bidder.Operator{operatorOf(t, server, codec.ScopeUID2)}, OptOuts: store(t), Logger: slog.New(slog.NewTextHandler(&log, nil)),
			}
			slowly(&cfg, sync.OnceFunc(func() {
				for i := 0; i < 30 && !read(&log); i++ {
					time.Sleep(10 * time.Millisecond)
				}
			}))
			b, err := bidder.Start(cfg)
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "read", func() bool { return read(&log) })
			closeNow(t, b) // it waits for what is logged
			if strings.Contains(log.String(), "nothing feeds") {
				t.Error(&log)
			}
		})
	}
}
