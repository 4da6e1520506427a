//go:build go1.25

package optout_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/waitgroup"
	"github.com/uid2rtb/uid2rtb/optout"
)

// shelf is where a receiver finds its secrets, as a file that changes.
type shelf struct {
	mu      sync.Mutex
	secrets []string
	err     error
	reads   atomic.Int64
}

func (s *shelf) put(err error, secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets, s.err = secrets, err
}

func (s *shelf) read() ([]string, error) {
	s.reads.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.secrets, s.err
}

// rotatingReceiver has its token on a shelf.
func rotatingReceiver(t *testing.T, secrets ...string) (*optout.Receiver, *shelf) {
	t.Helper()
	on := new(shelf)
	on.put(nil, secrets...)
	return newReceiver(t, open(t, path(t)), optout.WithBearerFrom(on.read)), on
}

// sendAs sends an empty request under a token, and returns the status.
func sendAs(r *optout.Receiver, authorization string) int {
	request := httptest.NewRequest(http.MethodPost, "/", nil)
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, request)
	return answer.Code
}

func wantStatus(t *testing.T, when string, r *optout.Receiver, token string, want int) {
	t.Helper()
	if got := sendAs(r, "Bearer "+token); got != want {
		t.Errorf("%s: %d, want %d", when, got, want)
	}
}

// The old and the new token are valid side by side, and a new one from when it can be read.
func TestTokenRotation(t *testing.T) {
	r, on := rotatingReceiver(t, "old")
	wantStatus(t, "old", r, "old", 200)
	wantStatus(t, "not yet", r, "new", 401)
	on.put(nil, "old", "new")
	wantStatus(t, "new, right after it was unknown", r, "new", 200)
	wantStatus(t, "old, beside it", r, "old", 200)
	on.put(nil, "new")
	optout.AgeSecrets(r)
	wantStatus(t, "old, after it was taken away", r, "old", 401)
	wantStatus(t, "new", r, "new", 200)
	if s := r.Stats(); s.Reloads != 2 || s.ReloadFailures != 0 || s.Refused != 2 || r.ReloadErr() != nil {
		t.Errorf("%+v, %v", s, r.ReloadErr())
	}
}

func TestSharedHeaderRotation(t *testing.T) {
	on := new(shelf)
	on.put(nil, "old", "new")
	r := newReceiver(t, open(t, path(t)), optout.WithSharedHeaderFrom("X-Opt-Out", on.read))
	for value, want := range map[string]int{"old": 200, "new": 200, "other": 401, "": 401} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("X-Opt-Out", value)
		answer := httptest.NewRecorder()
		if r.ServeHTTP(answer, request); answer.Code != want {
			t.Errorf("%q: %d", value, answer.Code)
		}
	}
}

// Tokens that can't be read, or with which nobody or everybody would be let in, leave those from
// before.
func TestTokensThatCannotBe(t *testing.T) {
	r, on := rotatingReceiver(t, "old")
	for name, put := range map[string]func(){
		"gone":            func() { on.put(errors.New("no such file"), "canary") },
		"none":            func() { on.put(nil) },
		"an empty one":    func() { on.put(nil, "canary", "") },
		"a line break":    func() { on.put(nil, "canary\ncanary") },
		"the word Bearer": func() { on.put(nil, "Bearer canary") },
		"too many":        func() { on.put(nil, strings.Split(strings.Repeat("canary ", 9)+"canary", " ")...) },
	} {
		put()
		optout.AgeSecrets(r)
		wantStatus(t, name, r, "old", 200)
		wantStatus(t, name, r, "canary", 401)
		if err := r.ReloadErr(); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
		on.put(nil, "old")
		optout.AgeSecrets(r)
		wantStatus(t, "well again after "+name, r, "old", 200)
		if err := r.ReloadErr(); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
	if s := r.Stats(); s.ReloadFailures != 6 || s.Reloads != 0 {
		t.Errorf("%+v", s)
	}
}

// At the start, a token that can't be read is an error that names the part and holds no secret.
func TestTokensThatCannotBeAtFirst(t *testing.T) {
	for name, read := range map[string]func() ([]string, error){
		"gone":  func() ([]string, error) { return nil, errors.New("no such file") },
		"none":  func() ([]string, error) { return nil, nil },
		"wrong": func() ([]string, error) { return []string{"good", "can\tary"}, nil },
	} {
		var invalid *optout.ReceiverError
		if err := optout.CheckReceiver(optout.WithBearerFrom(read)); !errors.As(err, &invalid) || invalid.Part != optout.PartBearerToken || invalid.Want == "" {
			t.Errorf("%s: %v", name, err)
		}
		if err := optout.CheckReceiver(optout.WithSharedHeaderFrom("X-Opt-Out", read)); !errors.As(err, &invalid) || invalid.Part != optout.PartSharedHeaderValue || strings.Contains(err.Error(), "can\tary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever sends wrong tokens doesn't make the receiver read its file as often, and who sends none
// not at all; a right one isn't kept waiting.
func TestWrongTokensReadSeldom(t *testing.T) {
	r, on := rotatingReceiver(t, "right")
	start := time.Now()
	for range 100 {
		if sendAs(r, "") != 401 || sendAs(r, "Basic right") != 401 {
			t.Fatal("let in")
		}
	}
	if n := on.reads.Load(); n != 1 {
		t.Errorf("read %d times for requests without a token", n)
	}
	var senders waitgroup.Group
	for i := range 64 {
		senders.Go(func() {
			for j := range 5 {
				if sendAs(r, fmt.Sprint("Bearer wrong", i, j)) != 401 {
					t.Error("let in")
				}
			}
		})
	}
	wantStatus(t, "meanwhile", r, "right", 200)
	senders.Wait()
	if n, most := on.reads.Load(), 2+time.Since(start)/(100*time.Millisecond); time.Duration(n) > most {
		t.Errorf("read %d times, want at most %d", n, most)
	}
}

// A receiver prints without its secrets.
func TestReceiverFromPrintsNoSecret(t *testing.T) {
	store, on := open(t, path(t)), new(shelf)
	on.put(nil, "canary")
	r := newReceiver(t, store, optout.WithBearerFrom(on.read))
	if err := store.Close(); err != nil { // printing looks at all of it
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if text := fmt.Sprintf(verb, r); strings.Contains(text, "canary") || strings.Contains(text, fmt.Sprintf("%x", "canary")) {
			t.Errorf("%s shows a secret", verb)
		}
	}
}
