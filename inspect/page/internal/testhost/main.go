// Command testhost serves the page to the browser suite, with auctions, reports and a state that
// are made up, and with faults to order: POST /control/cut ends all streams, and POST
// /control/auctions?n=10000 has so many auctions happen.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/uid2rtb/uid2rtb/inspect/page"
	"github.com/uid2rtb/uid2rtb/internal/httpserver"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "address to listen on")
	auctions := flag.Int("auctions", 12, "auctions that have happened already")
	every := flag.Duration("every", 0, "an auction happens so often; 0 means only on request")
	token := flag.String("token", "", "token that the page asks for")
	alone := flag.Bool("alone", false, "the inspector alone")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *addr, *token, *auctions, *every, *alone); err != nil {
		fmt.Fprintln(os.Stderr, "testhost:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, addr, token string, auctions int, every time.Duration, alone bool) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	host := newHost()
	for range auctions {
		host.happen(nextSample(host), 0)
	}
	config := page.Config{Inspector: reports{}, Token: token}
	if !alone {
		config.Auctions, config.State, config.Actions = host, host, host
	}
	handler, err := page.New(config)
	if err != nil {
		return err
	}
	if every > 0 {
		go host.run(ctx, every)
	}
	fmt.Printf("http://%s/\n", listener.Addr())
	limits := httpserver.Defaults()
	limits.Grace, limits.BodyBytes = 0, 4<<20
	return httpserver.Run(ctx, listener, withControl(handler, host), limits)
}

// run has auctions happen until ctx ends.
func (h *host) run(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			h.happen(nextSample(h), 0)
		case <-ctx.Done():
			return
		}
	}
}

// cuts are the streams that can be cut off.
type cuts struct {
	mu   sync.Mutex
	open map[context.Context]context.CancelFunc
}

func withControl(handler http.Handler, h *host) http.Handler {
	c := &cuts{open: make(map[context.Context]context.CancelFunc)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /control/cut", func(http.ResponseWriter, *http.Request) { c.cut() })
	mux.HandleFunc("POST /control/auctions", func(_ http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		for range n {
			h.happen(nextSample(h), 0)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		c.add(ctx, cancel)
		defer c.remove(ctx)
		handler.ServeHTTP(w, r.WithContext(ctx))
	})
	return mux
}

func (c *cuts) add(ctx context.Context, cancel context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[ctx] = cancel
}

func (c *cuts) remove(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[ctx]()
	delete(c.open, ctx)
}

func (c *cuts) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cancel := range c.open {
		cancel()
	}
}
