package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/bidder-demo/internal/record"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// Limits of what a page may have played at once.
const (
	maxTimes    = 1000
	playersEach = 4
)

// yourRequest is the name of the auctions of a reader's own request.
const yourRequest = "your request"

// auctions are those that a page shows, and plays.
type auctions struct {
	*record.Recorder
	world   *world
	samples []fixtures.Sample
}

var _ page.Auctions = auctions{}

// Samples implements [page.Auctions]. A sample whose tokens can't be made isn't there.
func (a auctions) Samples() []page.Sample {
	all := []page.Sample{}
	for _, sample := range a.samples {
		if r, err := a.world.fill(sample); err == nil {
			all = append(all, page.Sample{
				Name: sample.Name, Description: sample.Description, OpenRTB: sample.OpenRTB, Endpoint: sample.Endpoint, Body: string(r.body),
			})
		}
	}
	return all
}

// Play implements [page.Auctions].
func (a auctions) Play(ctx context.Context, p page.PlayRequest) (page.PlayResult, error) {
	if p.Times < 0 || p.Times > maxTimes {
		return page.PlayResult{}, fmt.Errorf("%d times is not possible: 1 to %d are", p.Times, maxTimes)
	}
	once, err := a.player(p)
	if err != nil {
		return page.PlayResult{}, err
	}
	var played span
	players, ctx := errgroup.WithContext(ctx)
	players.SetLimit(playersEach)
	for range max(p.Times, 1) {
		players.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			number, err := once(ctx)
			if err == nil {
				played.add(number)
			}
			return err
		})
	}
	err = players.Wait()
	return played.result(err), nil
}

// span is from the first of some auctions to the last.
type span struct {
	mu          sync.Mutex
	first, last int64
}

func (s *span) add(number int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last, number)
	if s.first == 0 || number < s.first {
		s.first = number
	}
}

func (s *span) result(err error) page.PlayResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := page.PlayResult{First: s.first, Last: s.last}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// player returns what plays one auction of a request, with fresh tokens if it is a sample.
func (a auctions) player(p page.PlayRequest) (func(context.Context) (int64, error), error) {
	if p.Sample == "" {
		if p.Body == "" {
			return nil, errors.New("there is nothing to play: name a sample, or paste a request")
		}
		return func(ctx context.Context) (int64, error) {
			return a.world.number(ctx, yourRequest, endpointAuction, []byte(p.Body))
		}, nil
	}
	sample, err := sampleOf(a.samples, p.Sample)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (int64, error) {
		r, err := a.world.fill(sample)
		if err != nil {
			return 0, err
		}
		return a.world.number(ctx, sample.Name, sample.Endpoint, r.body)
	}, nil
}

// number holds an auction and returns its number.
func (w *world) number(ctx context.Context, name, endpoint string, body []byte) (int64, error) {
	answer, err := w.send(ctx, name, endpoint, body)
	return answer.Number, err
}
