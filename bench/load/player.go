package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/uid2rtb/uid2rtb/internal/plural"
)

// What a histogram of latencies can hold, in nanoseconds.
const (
	shortest = int64(10 * time.Microsecond)
	longest  = int64(time.Minute)
)

// player plays auctions with a server, and keeps how long they took and what went wrong.
type player struct {
	host   *host
	client *http.Client

	mu       sync.Mutex
	took     *hdrhistogram.Histogram // ns, from when the auction was due
	played   int
	canceled int
	failed   int
	errors   []string // the first ones
}

func newPlayer(h *host) *player {
	transport := &http.Transport{MaxIdleConnsPerHost: mostOutstanding, IdleConnTimeout: 20 * time.Second}
	return &player{host: h, client: &http.Client{Transport: transport, Timeout: 30 * time.Second}, took: hdrhistogram.New(shortest, longest, 3)}
}

func (p *player) close() { p.client.CloseIdleConnections() }

// play plays an auction. The client gives up after some time if giveUp is above 0.
func (p *player) play(a auction, due time.Time, giveUp time.Duration) {
	ctx := context.Background()
	if giveUp > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, giveUp)
		defer cancel()
	}
	err := p.send(ctx, a)
	took := time.Since(due)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil:
		p.played++
		p.took.RecordValue(min(int64(took), longest))
	case giveUp > 0 && errors.Is(err, context.DeadlineExceeded):
		p.canceled++
	default:
		p.fail(err)
	}
}

func (p *player) fail(err error) {
	p.failed++
	if len(p.errors) < 5 {
		p.errors = append(p.errors, err.Error())
	}
}

// failure notes what went wrong beside auctions.
func (p *player) failure(err error) {
	if err == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail(err)
}

func (p *player) send(ctx context.Context, a auction) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.host.url(p.host.Port, "/openrtb2/auction"), bytes.NewReader(a.body(p.host.world)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if seats := bytes.Count(text, []byte(`"seat":`)); response.StatusCode != http.StatusOK || seats != 3 {
		return fmt.Errorf("an auction is answered %d with %s", response.StatusCode, plural.Count(seats, "bid"))
	}
	return nil
}

// outcome is what came of a player's auctions.
type outcome struct {
	played, canceled, failed int
	errors                   []string
	took                     *hdrhistogram.Histogram
}

// takeOutcome returns what came since the last call.
func (p *player) takeOutcome() outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := outcome{p.played, p.canceled, p.failed, p.errors, hdrhistogram.Import(p.took.Export())}
	p.played, p.canceled, p.failed, p.errors = 0, 0, 0, nil
	p.took.Reset()
	return o
}

// counted is a number with what it counts.
func counted[N int | int64](n N, what string) string { return fmt.Sprintf("%d %s", n, what) }
