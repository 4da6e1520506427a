//go:build go1.25

package keyset_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

var errDown = errors.New("the operator is down")

// source is an operator with a preset answer.
type source struct {
	mu     sync.Mutex
	answer string
	err    error
	calls  int
}

func (s *source) set(answer string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer, s.err = answer, err
}

func (s *source) fetch(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	return []byte(s.answer), s.err
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// keysUntil returns an answer with one key of the given id and expiry.
func keysUntil(id uint32, expires time.Time, header string) string {
	return bodyJSON(header, keyJSON(id, 1, expires.Unix(), ""))
}

func start(t *testing.T, fetch keyset.Fetch, opts ...keyset.Option) *keyset.Refresher {
	t.Helper()
	opts = append([]keyset.Option{keyset.WithLogger(quiet)}, opts...)
	r, err := keyset.NewRefresher(fetch, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func held(r *keyset.Refresher) string {
	var ids []string
	for k := range r.Snapshot().All() {
		ids = append(ids, fmt.Sprint(k.ID))
	}
	return strings.Join(ids, " ")
}

func TestFirstLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &source{answer: keysUntil(7, began.Add(time.Hour), "")}
		r := start(t, func(ctx context.Context) ([]byte, error) {
			time.Sleep(3 * time.Second)
			return s.fetch(ctx)
		})
		if r.Ready() || r.Snapshot() == nil || r.Snapshot().Len() != 0 || r.LastError() != nil || !r.LastSuccess().IsZero() {
			t.Error("before the first answer it is not empty")
		}
		if err := r.WaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !r.Ready() || held(r) != "7" || !r.LastSuccess().Equal(began.Add(3*time.Second)) || r.LastError() != nil {
			t.Errorf("after it: %v, %v", r, r.LastSuccess())
		}
		time.Sleep(10 * time.Minute)
		want := keyset.Stats{
			Refreshes: 1, Keys: 1, LatestExpiry: time.UnixMilli(began.Add(time.Hour).UnixMilli()), FetchedAt: began.Add(3 * time.Second), Age: 10 * time.Minute,
		}
		if got := r.Stats(); got != want {
			t.Errorf("stats: %+v, want %+v", got, want)
		}
	})
}

func TestHourly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{answer: keysUntil(7, time.Now().Add(10000*time.Hour), "")}
		r := start(t, s.fetch)
		time.Sleep(100*time.Hour + time.Minute)
		if n := s.count(); n < 92 || n > 112 {
			t.Errorf("%d fetches in a hundred hours", n)
		}
		before := r.Snapshot()
		s.set(keysUntil(8, time.Now().Add(10*time.Hour), ""), nil)
		time.Sleep(70 * time.Minute)
		if held(r) != "8" || before.Keys().Lookup(7) == nil || before.Keys().Lookup(8) != nil {
			t.Error("the new keys are not in, or the old Snapshot changed")
		}
	})
}

func TestOptionsOfTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{answer: keysUntil(7, time.Now().Add(10*time.Hour), "")}
		began := time.Now()
		start(t, func(ctx context.Context) ([]byte, error) {
			if since := time.Since(began); since%(10*time.Second) != 0 {
				t.Errorf("a fetch after %v", since)
			}
			return s.fetch(ctx)
		}, keyset.WithInterval(10*time.Second), keyset.WithJitter(0))
		time.Sleep(995 * time.Second)
		if s.count() != 100 {
			t.Errorf("%d fetches", s.count())
		}
		f := &source{err: errDown}
		start(t, f.fetch, keyset.WithBackoff(20*time.Second, 20*time.Second))
		time.Sleep(95 * time.Second)
		if f.count() != 5 {
			t.Errorf("%d fetches", f.count())
		}
		r := start(t, func(ctx context.Context) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, keyset.WithFetchTimeout(time.Second))
		time.Sleep(1500 * time.Millisecond)
		if !errors.Is(r.LastError(), context.DeadlineExceeded) || r.Stats().Failures != 1 {
			t.Errorf("%v, %+v", r.LastError(), r.Stats())
		}
	})
}

// TestWorseAnswersAreRefused: good keys stay if anything worse arrives.
func TestWorseAnswersAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(now time.Time) string
		err    error
		want   error
		failed bool // counted as a failure, not as a rejection
	}{
		"failure":       {err: errDown, want: errDown, failed: true},
		"nothing":       {answer: func(time.Time) string { return "" }, want: keyset.ErrMalformed},
		"garbage":       {answer: func(time.Time) string { return "<html>" }, want: keyset.ErrMalformed},
		"error":         {answer: func(time.Time) string { return `{"status":"error"}` }, want: keyset.ErrMalformed},
		"no keys":       {answer: func(time.Time) string { return bodyJSON("") }, want: keyset.ErrEmpty},
		"all expired":   {answer: func(now time.Time) string { return keysUntil(8, now, "") }, want: keyset.ErrExpired},
		"another scope": {answer: func(now time.Time) string { return keysUntil(8, now.Add(9*time.Hour), `"identity_scope":"EUID",`) }, want: keyset.ErrScope},
		"unknown scope": {answer: func(now time.Time) string { return keysUntil(8, now.Add(time.Hour), `"identity_scope":"X",`) }, want: keyset.ErrScope},
		"bad secret": {answer: func(now time.Time) string {
			return strings.Replace(keysUntil(8, now.Add(time.Hour), ""), secretA, "AAAA", 1)
		}, want: keyset.ErrKeySecret},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &source{answer: keysUntil(7, time.Now().Add(5*time.Hour), "")}
				r := start(t, s.fetch)
				synctest.Wait()
				good, since := r.Snapshot(), r.LastSuccess()

				answer := ""
				if c.answer != nil {
					answer = c.answer(time.Now())
				}
				s.set(answer, c.err)
				time.Sleep(2 * time.Hour)
				if r.Snapshot() != good || !r.Ready() || !r.LastSuccess().Equal(since) {
					t.Error("the good keys are gone")
				}
				if !errors.Is(r.LastError(), c.want) {
					t.Errorf("LastError is %v", r.LastError())
				}
				stats := r.Stats()
				if c.failed != (stats.Failures > 5) || c.failed != (stats.Rejected == 0) || stats.Refreshes != 1 || stats.Age != 2*time.Hour {
					t.Errorf("stats: %+v", stats)
				}

				s.set(keysUntil(9, time.Now().Add(5*time.Hour), ""), nil)
				time.Sleep(6 * time.Minute)
				if held(r) != "9" || r.LastError() != nil || r.Stats().Age > 6*time.Minute {
					t.Errorf("no recovery: %v, %v", r, r.LastError())
				}
			})
		})
	}
}

func TestScopePinned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{answer: keysUntil(7, time.Now().Add(time.Hour), "")}
		r := start(t, s.fetch, keyset.WithScope(codec.ScopeEUID))
		synctest.Wait()
		if r.Ready() || !errors.Is(r.LastError(), keyset.ErrScope) || r.Stats().Rejected != 1 {
			t.Errorf("UID2 keys for EUID: %v", r.LastError())
		}
		s.set(keysUntil(8, time.Now().Add(time.Hour), `"identity_scope":"EUID",`), nil)
		time.Sleep(5 * time.Second)
		if !r.Ready() || r.Snapshot().Scope() != codec.ScopeEUID {
			t.Errorf("EUID keys: %v", r.LastError())
		}
	})
}

// TestClock: keys expire by the given clock.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fixed := time.UnixMilli(1768478400000)
		s := &source{answer: keysUntil(7, fixed.Add(time.Second), "")}
		r := start(t, s.fetch, keyset.WithNow(func() time.Time { return fixed }))
		synctest.Wait()
		if !r.Ready() || !r.LastSuccess().Equal(fixed) {
			t.Errorf("%v, %v", r.LastError(), r.LastSuccess())
		}
		late := start(t, s.fetch, keyset.WithNow(func() time.Time { return fixed.Add(time.Second) }))
		synctest.Wait()
		if late.Ready() || !errors.Is(late.LastError(), keyset.ErrExpired) {
			t.Errorf("%v", late.LastError())
		}
	})
}

func TestWaitReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{err: errDown}
		r := start(t, s.fetch)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := r.WaitReady(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errDown) {
			t.Error(err)
		}
		r.Close()
		if err := r.WaitReady(t.Context()); !errors.Is(err, keyset.ErrClosed) {
			t.Error(err)
		}
	})
}

// TestCloseInFlight: Close ends the fetch, and the keys stay.
func TestCloseInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{answer: keysUntil(7, time.Now().Add(10*time.Hour), "")}
		lines := new(lines)
		r := start(t, func(ctx context.Context) ([]byte, error) {
			if s.count() == 0 {
				return s.fetch(ctx)
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}, keyset.WithFetchTimeout(100*time.Hour), keyset.WithLogger(slog.New(slog.NewTextHandler(lines, nil))))
		time.Sleep(2 * time.Hour)
		r.Close()
		if held(r) != "7" || r.LastError() != nil || r.Stats().Failures != 0 || lines.n() != 0 {
			t.Errorf("%v %v %+v, %d lines", r, r.LastError(), r.Stats(), lines.n())
		}
		r.Close()
	})
}

// lines counts and keeps what is logged.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, string(p))
	return len(p), nil
}

func (l *lines) n() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.text)
}

// with counts the lines that contain text.
func (l *lines) with(text string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.text {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

var _ io.Writer = (*lines)(nil)

func TestOneLinePerChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := keysUntil(7, time.Now().Add(1000*time.Hour), "")
		s := &source{answer: good}
		log := new(lines)
		start(t, s.fetch, keyset.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
		expect := func(n int, contains string) {
			t.Helper()
			time.Sleep(10 * time.Hour)
			if log.n() != n || n > 0 && !strings.Contains(log.text[n-1], contains) {
				t.Fatalf("want %d lines, the last about %q: %q", n, contains, log.text)
			}
		}
		expect(0, "")
		s.set("", errDown)
		expect(1, errDown.Error())
		s.set(bodyJSON(""), nil)
		expect(2, "empty")
		s.set(good, nil)
		expect(3, "again")
		s.set("", errDown)
		expect(4, errDown.Error())
	})
}

// TestReadWhileRefreshing: each Snapshot is that of one answer, complete, and never nil.
func TestReadWhileRefreshing(t *testing.T) {
	var mu sync.Mutex
	n := uint32(0)
	expires := time.Now().Add(time.Hour)
	r := start(t, func(context.Context) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		n++
		if n%3 == 0 {
			return nil, errDown
		}
		return []byte(bodyJSON(fmt.Sprintf(`"caller_site_id":%d,`, n), keyJSON(n, 1, expires.Unix(), ""), keyJSON(n+1, 1, expires.Unix(), ""))), nil
	}, keyset.WithInterval(50*time.Microsecond), keyset.WithBackoff(time.Microsecond, 50*time.Microsecond))
	if err := r.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for r.Stats().Refreshes < 20 {
				s := r.Snapshot()
				id, ok := s.CallerSiteID()
				if !ok || s.Len() != 2 || s.Keys().Lookup(id) == nil || s.Keys().Lookup(id+1) == nil || s.Keys().Lookup(id+2) != nil {
					t.Error("a Snapshot of two answers")
					return
				}
				_, _, _ = r.LastError(), r.LastSuccess(), r.Ready()
			}
		})
	}
	wg.Wait()
}

// TestImpossibleOptions: nothing is started, and the error names the option.
func TestImpossibleOptions(t *testing.T) {
	fetch := func(context.Context) ([]byte, error) {
		t.Error("it fetches")
		return nil, errDown
	}
	for named, c := range map[string]struct {
		fetch keyset.Fetch
		opt   keyset.Option
	}{
		"no Fetch":         {nil, keyset.WithInterval(0)},
		"interval":         {fetch, keyset.WithInterval(-1)},
		"jitter":           {fetch, keyset.WithJitter(1)},
		"shortest backoff": {fetch, keyset.WithBackoff(-1, 1)},
		"longest backoff":  {fetch, keyset.WithBackoff(2, 1)},
		"scope":            {fetch, keyset.WithScope(codec.ScopeEUID + 1)},
		"no path":          {fetch, keyset.WithCache(keyset.Cache{Secret: make([]byte, 16)})},
		"shorter than 16":  {fetch, keyset.WithCache(keyset.Cache{Path: t.TempDir(), Secret: make([]byte, 15)})},
	} {
		r, err := keyset.NewRefresher(c.fetch, c.opt)
		if r != nil || !errors.Is(err, keyset.ErrOption) || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: %v, %v", named, r, err)
		}
	}
}

// TestDefaultLogger: without WithLogger, failures go where the process logs.
func TestDefaultLogger(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	log := new(lines)
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	synctest.Test(t, func(t *testing.T) {
		r, err := keyset.NewRefresher((&source{err: errDown}).fetch)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.Close()
	})
	if log.with(errDown.Error()) != 1 {
		t.Errorf("logged %q", log.text)
	}
}

// TestNilOptions: nil means the default clock and no log.
func TestNilOptions(t *testing.T) {
	r := start(t, (&source{err: errDown}).fetch, keyset.WithNow(nil), keyset.WithLogger(nil), keyset.WithBackoff(time.Microsecond, time.Microsecond))
	for r.Stats().Failures < 3 {
		time.Sleep(time.Millisecond)
	}
}

func TestStatic(t *testing.T) {
	s := mustParse(t, sharingAnswer)
	if keyset.Static(s).Snapshot() != s {
		t.Error("another Snapshot")
	}
	if none := keyset.Static(nil).Snapshot(); none == nil || none.Len() != 0 {
		t.Error("nil gives no empty Snapshot")
	}
}

var quiet = slog.New(slog.DiscardHandler)
