package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/module/v3"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// optOutToken authorizes the local operators at the module's receiver.
const optOutToken = "for this demonstration only"

// liveSample is the sample that is played for the user who opts out during the run.
const (
	liveSample = "site-banner-uid2-v4"
	liveEmail  = "changes-their-mind@example.com"
)

// optedOut is a user who opts out before the first request.
type optedOut struct {
	operator string
	uid      codec.RawUID
}

// live is what a bidder received for one user before and after the opt-out.
type live struct {
	Before     received `json:"before"`
	After      received `json:"after"`
	TookMs     int64    `json:"took_ms"` // from the opt-out at the operator until the module has recorded it
	AsExpected bool     `json:"as_expected"`
}

// optOutConfig returns the section opt_outs: a store that ends with the program, and a receiver.
func (w *world) optOutConfig() (map[string]any, error) {
	dir, err := os.MkdirTemp("", "bidder-demo-optouts-")
	if err != nil {
		return nil, err
	}
	w.closers = append(w.closers, func() { _ = os.RemoveAll(dir) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	w.receiver = "http://" + listener.Addr().String() + "/optout"
	return map[string]any{
		"store": filepath.Join(dir, "optouts.db"), "listen": listener.Addr().String(), "bearer_token": optOutToken,
	}, nil
}

// startFeeds makes the local operators announce opt-outs as the opt-out service does, and waits
// until the module knows those that the samples need.
func (w *world) startFeeds(ctx context.Context, decrypt *module.Module) error {
	for name, local := range w.operators {
		w.feeds[name] = local.AddWebhook(uid2test.Webhook{
			URL:     w.receiver,
			Query:   []string{"uid2=${ADVERTISING_ID}", "timestamp=${OPTOUT_EPOCH}"},
			Header:  []string{"Authorization: Bearer " + optOutToken},
			Retries: 10, Backoff: 100 * time.Millisecond, ResendAfter: time.Second,
		})
	}
	for _, user := range w.optedOut {
		w.operators[user.operator].OptOut(user.uid, time.Now().Add(-time.Hour))
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if store := decrypt.OptOuts(); store != nil {
		if err := store.WaitSynced(ctx); err != nil {
			return fmt.Errorf("reading the opt-outs: %w", err)
		}
	}
	for name, feed := range w.feeds {
		if err := feed.Wait(ctx); err != nil {
			return fmt.Errorf("announcing %s opt-outs: %w", name, err)
		}
	}
	return nil
}

// prepareLive makes the request of the user who opts out during the run. It needs a local operator.
func (w *world) prepareLive() (err error) {
	if len(w.operators) == 0 {
		return nil
	}
	sample, err := sampleOf(fixtures.Samples(), liveSample) // a copy, whose tokens are changed below
	if err != nil {
		return err
	}
	for name, spec := range sample.Tokens {
		spec.Email = liveEmail
		sample.Tokens[name] = spec
	}
	w.changing, err = w.fill(sample)
	return err
}

// optOutLive plays an auction, makes its user opt out at the operator, and plays it again. With a
// real operator, where nobody opts out for a demonstration, it returns nil.
func (w *world) optOutLive(ctx context.Context) (*live, error) {
	if len(w.operators) == 0 {
		return nil, nil
	}
	l := &live{Before: w.play(ctx, w.changing).of(demoDSP26)}
	took, err := w.optOut(ctx, user{operator: "uid2", uid: w.operators["uid2"].RawUID(uid2test.TokenSpec{Email: liveEmail})})
	if err != nil {
		return nil, err
	}
	l.TookMs = took.Milliseconds()
	l.After = w.play(ctx, w.changing).of(demoDSP26)
	l.AsExpected = l.Before.Outcome == outcomeBid && l.After.Outcome == outcomeNoBid && !slices.ContainsFunc(l.After.UIDs, func(u uid) bool { return u.HasRaw })
	return l, nil
}
