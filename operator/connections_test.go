package operator_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/operator"
)

// counting makes a dialer that counts connections.
func counting(p pipes, dials *int) operator.Option {
	var mu sync.Mutex
	return operator.WithDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
		mu.Lock()
		*dials++
		mu.Unlock()
		return p.dial(ctx, network, addr)
	})
}

// TestIdleConnections are kept for half a minute, and no more than 64 of them.
func TestIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, dials := make(pipes), 0
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a, _ := open(r)
			time.Sleep(time.Second) // so that calls at the same time have a connection each
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
			{0, 1, 1}, {29 * time.Second, 1, 1}, {31 * time.Second, 1, 2}, {0, 65, 66}, {0, 64, 66}, {0, 65, 67},
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

// TestDialTime: connecting takes no longer than an attempt may, though the connection isn't for one
// call alone.
func TestDialTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gaveUp time.Time
		dialer := operator.WithDialer(func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			gaveUp = time.Now()
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
		time.Sleep(10 * time.Second)
		if took := gaveUp.Sub(began); took != 5*time.Second {
			t.Errorf("gave up after %v", took)
		}
		c.Close()
	})
}
