//go:build go1.24

package operator_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// clientOf returns a client with the credentials of p.
func clientOf(t *testing.T, s *uid2test.Server, apiKey, secret string, opts ...operator.Option) *operator.Client {
	t.Helper()
	creds, err := operator.NewCredentials(apiKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	opts = append([]operator.Option{operator.WithBackoff(time.Millisecond, 5*time.Millisecond), operator.WithMaxAttempts(2)}, opts...)
	c, err := operator.New(s.URL, creds, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestLocalOperator: another implementation of the operator's side agrees on the kinds of errors.
func TestLocalOperator(t *testing.T) {
	s := uid2test.NewServer()
	defer s.Close()
	p := s.Client()
	sharer := s.AddClient(uid2test.Client{Name: "sharer", SiteID: 77, Roles: uid2test.Sharer})
	offset := func(d time.Duration) operator.Option {
		return operator.WithNow(func() time.Time { return time.Now().Add(d) })
	}
	for name, c := range map[string]struct {
		fault   uid2test.Fault
		apiKey  string
		secret  string
		opt     operator.Option
		want    error
		attempt int
	}{
		"success":           {},
		"unknown API key":   {apiKey: "unknown", want: operator.ErrUnauthorized, attempt: 1},
		"no role":           {apiKey: sharer.APIKey, secret: sharer.ClientSecret, want: operator.ErrUnauthorized, attempt: 1},
		"another secret":    {secret: sharer.ClientSecret, want: operator.ErrClientSecret, attempt: 1},
		"clock ahead":       {opt: offset(10 * time.Minute), want: operator.ErrClockSkew, attempt: 1},
		"clock behind":      {opt: offset(-10 * time.Minute), want: operator.ErrClockSkew, attempt: 1},
		"once throttled":    {fault: uid2test.Fault{Status: 429, Times: 1}},
		"throttled":         {fault: uid2test.Fault{Status: 429}, want: operator.ErrThrottled, attempt: 2},
		"once down":         {fault: uid2test.Fault{Status: 503, Times: 1}},
		"down":              {fault: uid2test.Fault{Status: 500}, want: operator.ErrUnavailable, attempt: 2},
		"once dropped":      {fault: uid2test.Fault{Drop: true, Times: 1}},
		"dropped":           {fault: uid2test.Fault{Drop: true}, want: operator.ErrUnavailable, attempt: 2},
		"not found":         {fault: uid2test.Fault{Status: 404}, want: operator.ErrRequest, attempt: 1},
		"redirect":          {fault: uid2test.Fault{Status: 302}, want: operator.ErrResponse, attempt: 1},
		"garbage":           {fault: uid2test.Fault{Garbage: true}, want: operator.ErrResponse, attempt: 1},
		"wrong nonce":       {fault: uid2test.Fault{WrongNonce: true}, want: operator.ErrResponse, attempt: 1},
		"wrong secret":      {fault: uid2test.Fault{WrongSecret: true}, want: operator.ErrResponse, attempt: 1},
		"cut off":           {fault: uid2test.Fault{Truncate: true}, want: operator.ErrResponse, attempt: -1},
		"slow":              {fault: uid2test.Fault{Delay: time.Hour}, opt: operator.WithTimeout(50 * time.Millisecond), want: operator.ErrUnavailable, attempt: 2},
		"larger than bound": {fault: uid2test.Fault{Body: make([]byte, 5000)}, opt: operator.WithMaxResponseBytes(2000), want: operator.ErrResponse, attempt: 1},
		"empty answer":      {fault: uid2test.Fault{Status: 200, Body: []byte{}}, want: operator.ErrResponse, attempt: 1},
	} {
		t.Run(name, func(t *testing.T) {
			apiKey, secret := p.APIKey, p.ClientSecret
			if c.apiKey != "" {
				apiKey = c.apiKey
			}
			if c.secret != "" {
				secret = c.secret
			}
			var opts []operator.Option
			if c.opt != nil {
				opts = append(opts, c.opt)
			}
			s.Fail(c.fault)
			defer s.Heal()
			answer, err := clientOf(t, s, apiKey, secret, opts...).BidstreamKeys(t.Context())
			if c.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				if keys, err := keyset.Parse(answer); err != nil || keys.Len() == 0 {
					t.Errorf("%v, %v", keys, err)
				}
				return
			}
			var e *operator.Error
			if !errors.As(err, &e) || !errors.Is(err, c.want) || c.attempt > 0 && e.Attempts != c.attempt {
				t.Errorf("%v after %d attempts", err, e.Attempts)
			}
			quotes(t, err, s.URL)
		})
	}
}

// TestRefresherWithLocalOperator: keys arrive, rotate, survive an outage, and come from the cache
// if it lasts.
func TestRefresherWithLocalOperator(t *testing.T) {
	s := uid2test.NewServer()
	defer s.Close()
	p := s.Client()
	c := clientOf(t, s, p.APIKey, p.ClientSecret)
	creds, err := operator.NewCredentials(p.APIKey, p.ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	opts := []keyset.Option{
		keyset.WithLogger(slog.New(slog.DiscardHandler)),
		keyset.WithInterval(time.Millisecond), keyset.WithBackoff(time.Millisecond, time.Millisecond),
		keyset.WithCache(keyset.Cache{Path: t.TempDir() + "/keys", Secret: creds.RevealClientSecret(), Binding: creds.RevealAPIKey()}),
	}
	r, err := keyset.NewRefresher(c.BidstreamKeys, opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := r.Snapshot().Len()
	s.RotateKeys()
	until(t, func() bool { return r.Snapshot().Len() > first })

	s.Fail(uid2test.Fault{Status: 503})
	until(t, func() bool { return errors.Is(r.LastError(), operator.ErrUnavailable) })
	if !r.Ready() || r.Snapshot().Len() <= first {
		t.Error("an outage took the keys")
	}
	r.Close()

	restarted, err := keyset.NewRefresher(c.BidstreamKeys, opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer restarted.Close()
	if restarted.Snapshot().Len() != r.Snapshot().Len() || !restarted.Stats().FromCache {
		t.Error("no keys from the cache")
	}
	s.Heal()
	until(t, func() bool { return restarted.Stats().Refreshes > 0 })
}

func until(t *testing.T, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !done() {
		if ctx.Err() != nil {
			t.Fatal("it never happened")
		}
		time.Sleep(time.Millisecond)
	}
}
