//go:build go1.25

package operator_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/operator"
)

// pipes is a listener without a network, so that an operator and its client can run in a synctest
// bubble.
type pipes chan net.Conn

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// bubble runs f in a synctest bubble, with a client whose operator answers with answer.
func bubble(t *testing.T, answer http.HandlerFunc, opts []operator.Option, f func(t *testing.T, c *operator.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := make(pipes)
		s := &http.Server{Handler: answer}
		go s.Serve(p)
		c, err := operator.New("http://operator", credentials(t), append([]operator.Option{operator.WithDialer(p.dial)}, opts...)...)
		if err != nil {
			t.Fatal(err)
		}
		f(t, c)
		c.Close()
		close(p)
		s.Close()
	})
}

// refusals always gives the same answer, and records when.
func refusals(status int, retryAfter string, at *[]time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		*at = append(*at, time.Now())
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(status)
	}
}

// waits returns the times in between.
func waits(at []time.Time) (waits []time.Duration) {
	for i := range len(at) - 1 {
		waits = append(waits, at[i+1].Sub(at[i]))
	}
	return waits
}

// TestWaits: the delay doubles up to the longest, each wait is between half and all of its delay,
// and none is shorter than the shortest.
func TestWaits(t *testing.T) {
	type span struct{ least, most time.Duration }
	for name, c := range map[string]struct {
		shortest, longest time.Duration
		want              []span
	}{
		"doubling":     {time.Second, 10 * time.Second, []span{{1e9, 2e9}, {2e9, 4e9}, {4e9, 8e9}, {5e9, 10e9}, {5e9, 10e9}}},
		"to the top":   {time.Second, 4 * time.Second, []span{{1e9, 2e9}, {2e9, 4e9}, {2e9, 4e9}}},
		"no room":      {time.Second, time.Second, []span{{1e9, 1e9}, {1e9, 1e9}}},
		"little room":  {time.Second, 1500 * time.Millisecond, []span{{1e9, 15e8}, {1e9, 15e8}}},
		"the defaults": {200 * time.Millisecond, 10 * time.Second, []span{{2e8, 4e8}, {4e8, 8e8}}},
	} {
		var at []time.Time
		opts := []operator.Option{operator.WithMaxAttempts(len(c.want) + 1), operator.WithBackoff(c.shortest, c.longest)}
		if name == "the defaults" {
			opts = nil
		}
		shortest, longest := make([]time.Duration, len(c.want)), make([]time.Duration, len(c.want))
		bubble(t, refusals(503, "", &at), opts, func(t *testing.T, client *operator.Client) {
			for call := range 100 {
				at = nil
				client.BidstreamKeys(t.Context())
				got := waits(at)
				if len(got) != len(c.want) {
					t.Fatalf("%s: %d waits, want %d", name, len(got), len(c.want))
				}
				for i, wait := range got {
					if call == 0 {
						shortest[i] = wait
					}
					shortest[i], longest[i] = min(shortest[i], wait), max(longest[i], wait)
				}
			}
		})
		for i, want := range c.want {
			room := (want.most - want.least) / 5 // with 100 calls, the extremes get this close to the limits
			if shortest[i] < want.least || longest[i] > want.most || shortest[i] > want.least+room || longest[i] < want.most-room {
				t.Errorf("%s: wait %d between %v and %v, want %v to %v", name, i+1, shortest[i], longest[i], want.least, want.most)
			}
		}
	}
}

// TestRetryTable shows what is retried, and when: the waits are exact, as the shortest and the
// longest are the same.
func TestRetryTable(t *testing.T) {
	const second = time.Second
	for name, c := range map[string]struct {
		status     int
		retryAfter string
		deadline   time.Duration // of the call; 0 means none
		waits      []time.Duration
		kind       error
	}{
		"429":                          {429, "", 0, []time.Duration{second, second}, operator.ErrThrottled},
		"500":                          {500, "", 0, []time.Duration{second, second}, operator.ErrUnavailable},
		"408":                          {408, "", 0, []time.Duration{second, second}, operator.ErrUnavailable},
		"425":                          {425, "", 0, []time.Duration{second, second}, operator.ErrUnavailable},
		"400":                          {400, "", 0, nil, operator.ErrRequest},
		"404 with Retry-After":         {404, "1", 0, nil, operator.ErrRequest},
		"401":                          {401, "", 0, nil, operator.ErrUnauthorized},
		"302":                          {302, "", 0, nil, operator.ErrResponse},
		"Retry-After as the longest":   {429, "1", 0, []time.Duration{second, second}, operator.ErrThrottled},
		"Retry-After beyond it":        {429, "2", 0, nil, operator.ErrThrottled},
		"deadline before the wait":     {503, "", second - 1, nil, operator.ErrUnavailable},
		"deadline with the wait":       {503, "", second, nil, operator.ErrUnavailable},
		"deadline behind the wait":     {503, "", second + 1, []time.Duration{second}, operator.ErrUnavailable},
		"deadline behind the attempts": {503, "", time.Hour, []time.Duration{second, second}, operator.ErrUnavailable},
	} {
		var at []time.Time
		bubble(t, refusals(c.status, c.retryAfter, &at), []operator.Option{operator.WithBackoff(second, second)}, func(t *testing.T, client *operator.Client) {
			ctx := t.Context()
			if c.deadline != 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.deadline)
				defer cancel()
			}
			began := time.Now()
			_, err := client.BidstreamKeys(ctx)
			var e *operator.Error
			if !errors.As(err, &e) || e.Kind != c.kind || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
			got, total := waits(at), time.Duration(0)
			for i, wait := range got {
				total += wait
				if i >= len(c.waits) || wait != c.waits[i] {
					t.Errorf("%s: wait %d is %v", name, i+1, wait)
				}
			}
			if len(got) != len(c.waits) || e.Attempts != len(at) || time.Since(began) != total {
				t.Errorf("%s: waited %v, %d attempts, ended after %v", name, got, e.Attempts, time.Since(began))
			}
		})
	}
}

// TestLongerRetryAfter: a Retry-After that exceeds our own wait is used instead, in seconds and as
// a date.
func TestLongerRetryAfter(t *testing.T) {
	for _, header := range []string{"7", "date"} {
		var at []time.Time
		answer := func(w http.ResponseWriter, _ *http.Request) {
			at = append(at, time.Now())
			value := header
			if header == "date" {
				value = time.Now().UTC().Add(7 * time.Second).Format(http.TimeFormat)
			}
			w.Header().Set("Retry-After", value)
			w.WriteHeader(429)
		}
		bubble(t, answer, []operator.Option{operator.WithBackoff(time.Second, 10*time.Second)}, func(t *testing.T, c *operator.Client) {
			_, err := c.BidstreamKeys(t.Context())
			var e *operator.Error
			if !errors.As(err, &e) || e.RetryAfter != 7*time.Second || e.Attempts != 3 {
				t.Errorf("%s: %v", header, err)
			}
			for _, wait := range waits(at)[:1] { // the second wait is ours, up to 4 s
				if wait != 7*time.Second {
					t.Errorf("%s: waited %v", header, wait)
				}
			}
		})
	}
}

// TestRetryAfterTexts: the forms of the header.
func TestRetryAfterTexts(t *testing.T) {
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "1": time.Second, "-1": 0, "1.5": 0, "+1": 0, "x": 0, strconv.Itoa(1<<31 - 1): (1<<31 - 1) * time.Second, strconv.Itoa(1 << 31): 0,
		now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Format(http.TimeFormat): 0, now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		var e *operator.Error
		if err := newRequest(t).AnswerError(429, text, nil, now); !errors.As(err, &e) || e.RetryAfter != want {
			t.Errorf("%q: %v", text, e.RetryAfter)
		}
	}
}

// TestAttemptTimes: with a silent operator, each attempt takes the whole timeout, and the call no
// more than its deadline.
func TestAttemptTimes(t *testing.T) {
	silent := func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done() // the server notices once the body has been read
	}
	opts := []operator.Option{operator.WithTimeout(5 * time.Second), operator.WithBackoff(time.Second, time.Second)}
	for deadline, c := range map[time.Duration]struct {
		attempts  int
		ends      time.Duration
		deadlined bool
	}{
		time.Hour:       {3, 17 * time.Second, false},
		8 * time.Second: {2, 8 * time.Second, true},
		3 * time.Second: {1, 3 * time.Second, true},
	} {
		bubble(t, silent, opts, func(t *testing.T, client *operator.Client) {
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			began := time.Now()
			_, err := client.BidstreamKeys(ctx)
			var e *operator.Error
			if !errors.As(err, &e) || e.Kind != operator.ErrUnavailable || errors.Is(err, context.DeadlineExceeded) != c.deadlined || e.Attempts != c.attempts {
				t.Errorf("%v: %v after %d attempts", deadline, err, e.Attempts)
			}
			if took := time.Since(began); took != c.ends {
				t.Errorf("%v: ended after %v, want %v", deadline, took, c.ends)
			}
		})
	}
}

// TestContextThatEndsBetweenAttempts: the call returns the context's error and that of its last
// attempt. The context ends when the clock is read for the answer.
func TestContextThatEndsBetweenAttempts(t *testing.T) {
	for _, retryAfter := range []string{"", "60"} {
		ctx, cancel := context.WithCancel(t.Context())
		readings := 0
		now := operator.WithNow(func() time.Time {
			if readings++; readings == 2 {
				cancel()
			}
			return time.Now()
		})
		f := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
			w.Header().Set("Retry-After", retryAfter)
			refuse(w, 503, "")
		})
		_, err := newClient(t, f.URL, now).BidstreamKeys(ctx)
		var e *operator.Error
		if !errors.As(err, &e) || e.Kind != nil || e.Attempts != 1 || !errors.Is(err, context.Canceled) || !errors.Is(err, operator.ErrUnavailable) {
			t.Errorf("Retry-After %q: %v", retryAfter, err)
		}
	}
}

// TestCausesOfTheCaller: a context's own error is reported, not the caller's cause for it, which
// may hold anything.
func TestCausesOfTheCaller(t *testing.T) {
	cause := errors.New(canary)
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	late, cancelLate := context.WithDeadlineCause(t.Context(), time.Now(), cause)
	defer cancelLate()
	for want, ctx := range map[error]context.Context{context.Canceled: ended, context.DeadlineExceeded: late} {
		_, err := newClient(t, "http://127.0.0.1:1").BidstreamKeys(ctx)
		var e *operator.Error
		if !errors.As(err, &e) || e.Err != want || errors.Is(err, cause) {
			t.Errorf("%v: %v", want, err)
		}
	}
}
