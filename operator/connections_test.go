//go:build go1.25

package operator_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/operator"
)

// counting returns a dialer that counts connections.
func counting(p pipes, dials *int) operator.Option {
	var mu sync.Mutex
	return operator.WithDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
		mu.Lock()
		*dials++
		mu.Unlock()
		return p.dial(ctx, network, addr)
	})
}

// TestIdleConnections: connections are kept for half a minute, and no more than 64 of them.
func TestIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, dials := make(pipes), 0
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a, _ := open(r)
			time.Sleep(time.Second) // so that concurrent calls have a connection each
			succeed(w, a, "keys")
		})}
		go s.Serve(p)
		c, err := operator.New("http://operator", credentials(t), counting(p, &dials))
		if err != nil {
			t.Fatal(err)
		}
		call := func(n int) {
			var calls sync.WaitGroup
			for range n {
				calls.Go(func() {
					if _, err := c.BidstreamKeys(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			calls.Wait()
			synctest.Wait()
		}
		for _, step := range []struct {
			after        time.Duration
			calls, dials int
		}{
			{0, 1, 1}, {29500 * time.Millisecond, 1, 1}, {30500 * time.Millisecond, 1, 2}, {0, 65, 66}, {0, 64, 66}, {0, 65, 67},
		} {
			time.Sleep(step.after)
			if call(step.calls); dials != step.dials {
				t.Errorf("%v later, with %d calls: %d connections, want %d", step.after, step.calls, dials, step.dials)
			}
		}
		c.Close()
		close(p)
		s.Close()
	})
}

// TestDialTime: connecting is limited by the timeout of an attempt, although the connection isn't
// for one call alone.
func TestDialTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gaveUp := make(chan time.Time, 1)
		dialer := operator.WithDialer(func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			gaveUp <- time.Now()
			return nil, ctx.Err()
		})
		c, err := operator.New("http://operator", credentials(t), dialer, operator.WithTimeout(5*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := c.BidstreamKeys(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if took := (<-gaveUp).Sub(began); took != 5*time.Second {
			t.Errorf("gave up after %v", took)
		}
		c.Close()
	})
}

// TestHandshakeTime: the same goes for TLS with a server that doesn't answer.
func TestHandshakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := make(pipes)
		ended := make(chan time.Time, 1)
		go func() {
			c := <-p
			io.Copy(io.Discard, c)
			ended <- time.Now()
		}()
		c, err := operator.New("https://operator", credentials(t), operator.WithDialer(p.dial), operator.WithTimeout(5*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := c.BidstreamKeys(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if took := (<-ended).Sub(began); took != 5*time.Second {
			t.Errorf("the connection was closed after %v", took)
		}
		c.Close()
	})
}

// TestConnectionMadeTooLate: a connection that a dialer returns after Close is closed at once, and
// Close waits for it.
func TestConnectionMadeTooLate(t *testing.T) {
	here, there := net.Pipe()
	dialing := make(chan struct{})
	c := newClient(t, "http://operator", operator.WithDialer(func(ctx context.Context, _, _ string) (net.Conn, error) {
		close(dialing)
		<-ctx.Done()
		time.Sleep(10 * time.Millisecond)
		return here, nil
	}))
	ended := make(chan error)
	go func() {
		_, err := c.BidstreamKeys(t.Context())
		ended <- err
	}()
	<-dialing
	c.Close()
	if err := <-ended; !errors.Is(err, operator.ErrClosed) {
		t.Error(err)
	}
	there.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := there.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the connection is still open: %v", err)
	}
}

// TestCloseWhileWaiting: Close ends a call between two attempts at once, and so does the caller's
// context.
func TestCloseWhileWaiting(t *testing.T) {
	var at []time.Time
	opts := []operator.Option{operator.WithBackoff(time.Hour, time.Hour)}
	for _, byClose := range []bool{true, false} {
		bubble(t, refusals(503, "", &at), opts, func(t *testing.T, c *operator.Client) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			began := time.Now()
			time.AfterFunc(time.Second, func() {
				if byClose {
					c.Close()
				} else {
					cancel()
				}
			})
			_, err := c.BidstreamKeys(ctx)
			var e *operator.Error
			if !errors.As(err, &e) || (e.Kind == operator.ErrClosed) != byClose || (e.Err == nil) != byClose || errors.Is(err, context.Canceled) == byClose || e.Attempts != 1 {
				t.Errorf("closed %v: %v", byClose, err)
			}
			if took := time.Since(began); took != time.Second {
				t.Errorf("closed %v: it took %v", byClose, took)
			}
		})
	}
}

// TestCloseEndsKeptConnections: after Close, no connection is open.
func TestCloseEndsKeptConnections(t *testing.T) {
	closed := make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, _ := open(r)
		succeed(w, a, "keys")
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(closed)
		}
	}
	s.Start()
	defer s.Close()
	c := newClient(t, s.URL)
	if _, err := c.BidstreamKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Close()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("the connection is still open")
	}
}
