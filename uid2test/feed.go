package uid2test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/backoff"
)

// Feed sends opt-outs to a participant's webhook. Opt-outs since the call of AddWebhook are sent in
// batches, in the background: each batch starts with a sentinel entry of zeros and ends with one of
// ones, and between them are the opt-outs in the order of their bytes, not of time. The first entry
// that fails ends the batch, and the whole batch is sent again later, with what has been added
// since.
type Feed struct {
	webhook Webhook
	now     func() time.Time
	client  *http.Client

	mu      sync.Mutex
	pending map[codec.RawUID]int64 // Unix milliseconds
	stats   FeedStats

	lastBatch   int // opt-outs in it
	lastBatchAt time.Time

	idle   chan struct{} // closed while nothing is pending
	wake   chan struct{}
	done   chan struct{} // closed once the goroutine has ended
	cancel context.CancelFunc
}

// FeedStats are the figures of a Feed.
type FeedStats struct {
	Requests  int // sent, whether answered or not
	Delivered int // opt-outs without sentinels; repetitions count again
	Failures  int // batches that failed
}

// AddWebhook starts to announce opt-outs to a webhook, until the Server is closed. It panics if the
// webhook is invalid.
func (s *Server) AddWebhook(webhook Webhook) *Feed {
	webhook = webhook.withDefaults()
	webhook.check()
	ctx, cancel := context.WithCancel(context.Background())
	f := &Feed{
		webhook: webhook,
		now:     s.config.now,
		client: &http.Client{
			Timeout:       webhook.Timeout,
			Transport:     &http.Transport{DisableKeepAlives: true}, // or it would repeat requests by itself when a connection ends
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		pending: make(map[codec.RawUID]int64),
		idle:    make(chan struct{}),
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		cancel:  cancel,
	}
	close(f.idle)
	s.mu.Lock()
	s.feeds = append(s.feeds, f)
	s.mu.Unlock()
	go f.run(ctx)
	return f
}

// Stats returns the current figures.
func (f *Feed) Stats() FeedStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stats
}

// LastBatch returns how many opt-outs were in the last batch that was delivered, without sentinels,
// and when that was, by the server's clock; zero before the first.
func (f *Feed) LastBatch() (optOuts int, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lastBatch, f.lastBatchAt
}

// Wait returns nil once every opt-out until now has been delivered, or the error of ctx if that
// ends first.
func (f *Feed) Wait(ctx context.Context) error {
	f.mu.Lock()
	idle := f.idle
	f.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// add adds an opt-out to the next batch.
func (f *Feed) add(uid codec.RawUID, sinceMs int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.pending) == 0 {
		f.idle = make(chan struct{})
	}
	f.pending[uid] = max(f.pending[uid], sinceMs)
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// close stops the goroutine and waits for it.
func (f *Feed) close() {
	f.cancel()
	<-f.done
	f.client.CloseIdleConnections()
}

func (f *Feed) run(ctx context.Context) {
	defer close(f.done)
	for {
		select {
		case <-f.wake:
		case <-ctx.Done():
			return
		}
		for !f.sendBatch(ctx) {
			if !backoff.Sleep(ctx, f.webhook.ResendAfter) {
				return
			}
		}
	}
}

// batch returns the entries to send.
func (f *Feed) batch() []announced {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.pending) == 0 {
		return nil
	}
	entries := make([]announced, 0, len(f.pending)+2)
	entries = append(entries, sentinel(0, f.now()))
	for uid, sinceMs := range f.pending {
		entries = append(entries, announced{uid, sinceMs})
	}
	slices.SortFunc(entries[1:], func(a, b announced) int {
		return slices.Compare(a.uid.AppendBytes(nil), b.uid.AppendBytes(nil))
	})
	return append(entries, sentinel(0xFF, f.now()))
}

// sendBatch sends a batch, and reports whether all of it was delivered.
func (f *Feed) sendBatch(ctx context.Context) bool {
	entries := f.batch()
	for _, entry := range entries {
		if !f.deliver(ctx, entry) {
			f.mu.Lock()
			f.stats.Failures++
			f.mu.Unlock()
			return false
		}
	}
	if len(entries) > 0 {
		f.settle(entries[1 : len(entries)-1])
	}
	return true
}

// settle removes what was delivered, unless the user has opted out again since.
func (f *Feed) settle(delivered []announced) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats.Delivered += len(delivered)
	f.lastBatch, f.lastBatchAt = len(delivered), f.now()
	for _, entry := range delivered {
		if f.pending[entry.uid] == entry.sinceMs {
			delete(f.pending, entry.uid)
		}
	}
	if len(f.pending) == 0 {
		close(f.idle)
	}
}

// deliver sends one entry until it is accepted, or retrying is pointless.
func (f *Feed) deliver(ctx context.Context, entry announced) bool {
	for n := 0; ; n++ {
		status := f.send(ctx, entry)
		switch status {
		case http.StatusOK, http.StatusNoContent:
			return true
		case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		default:
			return false
		}
		if n == f.webhook.Retries || !backoff.Sleep(ctx, f.webhook.Backoff) {
			return false
		}
	}
}

// send sends one request and returns the status of the answer, or 0 if there was none.
func (f *Feed) send(ctx context.Context, entry announced) (status int) {
	f.mu.Lock()
	f.stats.Requests++
	f.mu.Unlock()
	request, err := f.webhook.request(ctx, entry)
	if err != nil {
		return 0
	}
	response, err := f.client.Do(request)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}
