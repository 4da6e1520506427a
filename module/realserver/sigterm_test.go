//go:build pbstree

package realserver_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A server that gets SIGTERM under load finishes the auctions that have begun, and ends without an error.
func TestSIGTERMUnderLoad(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		w := newWorld(t)
		h := newHost(t, v, w)
		h.startWithKeys()
		w.dsp.take()
		w.dsp.behave(func(http.ResponseWriter, string, []byte) bool {
			time.Sleep(100 * time.Millisecond) // so that auctions are under way
			return false
		}, nil)

		load := newLoad(h)
		until(t, func() bool { return load.finished() > 40 })
		h.stop()
		load.stop()

		begun := map[string]bool{}
		for _, one := range w.dsp.take() {
			if id, ok := idOf(one.body); ok {
				begun[id] = true
			}
		}
		failed := 0
		for id, err := range load.results {
			if err != nil && begun[id] {
				t.Errorf("auction %s had begun, and failed: %v", id, err)
			}
			if err != nil {
				failed++
			}
		}
		t.Logf("%d auctions begun, %d refused after SIGTERM", len(begun), failed)
		if len(h.search.In([]byte(h.logs()))) > 0 || len(h.search.In(h.analytics())) > 0 {
			t.Error("a raw UID is in the log or in the analytics")
		}
	})
}

// load plays auctions on several connections until it is stopped, or until the server takes none any more.
type load struct {
	host    *host
	players sync.WaitGroup
	done    chan struct{}

	mu      sync.Mutex
	results map[string]error // by the auction's id
}

func newLoad(h *host) *load {
	l := &load{host: h, done: make(chan struct{}), results: map[string]error{}}
	body := request{user: h.users[0]}.body(h.t)
	for player := range 16 {
		l.players.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for n := 0; !l.stopped(); n++ {
				id := fmt.Sprintf("load-%d-%d", player, n)
				err := l.play(client, bytes.Replace(body, []byte(`"r1"`), []byte(`"`+id+`"`), 1))
				l.mu.Lock()
				l.results[id] = err
				l.mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	return l
}

func (l *load) play(client *http.Client, body []byte) error {
	response, err := client.Post(l.host.url("/openrtb2/auction"), "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || strings.Count(string(answer), `"seat":`) != 5) {
		return fmt.Errorf("status %d, %d seats", response.StatusCode, strings.Count(string(answer), `"seat":`))
	}
	return err
}

func (l *load) stopped() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

func (l *load) finished() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.results)
}

func (l *load) stop() {
	close(l.done)
	l.players.Wait()
}

// idOf is the id of an auction of a load.
func idOf(body []byte) (id string, ok bool) {
	_, rest, ok := strings.Cut(string(body), `"id":"load-`)
	number, _, _ := strings.Cut(rest, `"`)
	return "load-" + number, ok
}
