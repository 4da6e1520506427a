package identitymap_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/identitymap"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// emails returns n emails.
func emails(t testing.TB, n int) []dii.Identity {
	t.Helper()
	all := make([]dii.Identity, n)
	for i := range all {
		all[i] = email(t, fmt.Sprintf("user%d@example.com", i))
	}
	return all
}

// gate is an HTTP server in front of an operator, which holds requests back until a group of them
// is complete.
type gate struct {
	operator http.Handler
	groups   []chan struct{} // closed when all requests of a group have arrived
	size     int             // number of requests in a group
	refuse   int             // number of the first request to refuse, if greater than 0

	mu                  sync.Mutex
	arrived, here, most int
}

// newGate returns a gate for a number of requests, in groups of a size.
func newGate(t *testing.T, s *uid2test.Server, requests, size int) (*gate, *operator.Client) {
	t.Helper()
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{operator: httputil.NewSingleHostReverseProxy(target), groups: make([]chan struct{}, (requests+size-1)/size), size: size}
	for i := range g.groups {
		g.groups[i] = make(chan struct{})
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return g, clientAt(t, server.URL, s.Client())
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	number := g.arrived
	g.arrived++
	g.here++
	g.most = max(g.most, g.here)
	group := g.groups[number/g.size]
	if g.arrived%g.size == 0 {
		close(group)
	}
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		g.here--
		g.mu.Unlock()
	}()
	select {
	case <-group:
	case <-r.Context().Done():
		return
	}
	if g.refuse > 0 && number >= g.refuse {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	g.operator.ServeHTTP(w, r)
}

// TestImpossibleOptions: nothing is sent, and the error says what would be possible.
func TestImpossibleOptions(t *testing.T) {
	f := &fake{answer: mapV3}
	for says, option := range map[string]identitymap.Option{
		"0 identities":  identitymap.WithBatch(0),
		"1 to 5000":     identitymap.WithBatch(5001),
		"0 requests":    identitymap.WithParallel(0),
		"-1 requests":   identitymap.WithParallel(-1),
		"1 to 20 are p": identitymap.WithParallel(21),
	} {
		for _, call := range []func(context.Context, []dii.Identity, ...identitymap.Option) (identitymap.Result, error){identitymap.New(f).Map, identitymap.New(f).MapV2} {
			if _, err := call(context.Background(), people(t), option); !errors.Is(err, identitymap.ErrOption) || !strings.Contains(err.Error(), says) || len(f.asked) != 0 {
				t.Errorf("%s: %v, asked %d times", says, err, len(f.asked))
			}
		}
	}
	if _, err := identitymap.New(f).Map(context.Background(), people(t), identitymap.WithProgress(nil)); err != nil {
		t.Errorf("no progress wanted: %v", err)
	}
}

// TestBatchesGoInParallel: as many batches as allowed are in flight together, which the server
// waits for, and never more.
func TestBatchesGoInParallel(t *testing.T) {
	for _, c := range []struct{ asked, want int }{{1, 1}, {3, 3}, {20, 20}, {0, 8}} {
		s, _ := connect(t)
		g, client := newGate(t, s, 2*c.want, c.want)
		ids := emails(t, 2*c.want)
		opts := []identitymap.Option{identitymap.WithBatch(1)}
		if c.asked > 0 {
			opts = append(opts, identitymap.WithParallel(c.asked))
		}
		result, err := identitymap.New(client).Map(context.Background(), ids, opts...)
		if err != nil || len(result.Mapped) != len(ids) || g.most != c.want {
			t.Errorf("%d are allowed: %d were on their way together, %d of %d mapped, %v", c.asked, g.most, len(result.Mapped), len(ids), err)
		}
	}
}

// TestParallelIsSequential: for any number of concurrent batches, result and progress are the same.
func TestParallelIsSequential(t *testing.T) {
	s, client := connect(t)
	ids := append(emails(t, 50), people(t)...)
	s.OptOutUser(uid2test.TokenSpec{Email: "user7@example.com"}, time.Now())
	for version, call := range map[string]func(context.Context, []dii.Identity, ...identitymap.Option) (identitymap.Result, error){
		"v3": identitymap.New(client).Map, "v2": identitymap.New(client).MapV2,
	} {
		run := func(parallel int) (steps []int, result identitymap.Result) {
			result, err := call(context.Background(), ids, identitymap.WithBatch(3), identitymap.WithParallel(parallel),
				identitymap.WithProgress(func(done, _ int) { steps = append(steps, done) }))
			if err != nil {
				t.Fatal(err)
			}
			return steps, result
		}
		steps, result := run(1)
		if len(result.Mapped)+len(result.Unmapped) != 57 || len(result.Unmapped) != 1 || !slices.IsSorted(steps) || steps[len(steps)-1] != 54 {
			t.Fatalf("%s: %d mapped, %d not, in steps %v", version, len(result.Mapped), len(result.Unmapped), steps)
		}
		for _, parallel := range []int{2, 7, 20} {
			if otherSteps, other := run(parallel); !slices.Equal(otherSteps, steps) || !reflect.DeepEqual(other, result) {
				t.Errorf("%s: %d at a time give another result, in steps %v", version, parallel, otherSteps)
			}
		}
	}
}

// TestRefusalEndsTheRest: each of the batches in flight may be refused, and no others are sent.
func TestRefusalEndsTheRest(t *testing.T) {
	const batches, good, parallel = 40, 3, 4
	s, _ := connect(t)
	g, client := newGate(t, s, batches, 1)
	g.refuse = good
	result, err := identitymap.New(client).Map(context.Background(), emails(t, batches), identitymap.WithBatch(1), identitymap.WithParallel(parallel))
	if !errors.Is(err, operator.ErrUnauthorized) || len(result.Mapped) > good || g.arrived > good+parallel {
		t.Errorf("%d mapped, %d requests, %v", len(result.Mapped), g.arrived, err)
	}
}

// staged is an operator whose answers to batches of one identity are released by the test, by the
// number of the identity.
type staged struct {
	fake
	number  map[string]int // by hash
	answers func(ctx context.Context, number int) error
}

func (s *staged) MapIdentities(ctx context.Context, request []byte) ([]byte, error) {
	var lists map[string][]string
	if err := json.Unmarshal(request, &lists); err != nil {
		return nil, err
	}
	if err := s.answers(ctx, s.number[lists["email_hash"][0]]); err != nil {
		return nil, err
	}
	return []byte(mapV3(lists)), nil
}

func newStaged(ids []dii.Identity, answers func(ctx context.Context, number int) error) *staged {
	s := &staged{number: map[string]int{}, answers: answers}
	for i, id := range ids {
		s.number[id.RevealHash()] = i
	}
	return s
}

// TestTheFirstFailureInOrderCounts, not the first in time: batch 4 fails while 2 is still in
// flight, which then fails too. The results before 2 are returned, 3 is canceled, 5 isn't sent, and
// nothing keeps running.
func TestTheFirstFailureInOrderCounts(t *testing.T) {
	ids := emails(t, 6)
	errSecond, errFourth := errors.New("second"), errors.New("fourth")
	fourthFailed, thirdBegun := make(chan struct{}), make(chan struct{})
	var thirdEnded, fifthSent atomic.Bool
	o := newStaged(ids, func(ctx context.Context, number int) error {
		switch number {
		case 2:
			<-fourthFailed
			<-thirdBegun
			return errSecond
		case 3:
			close(thirdBegun)
			<-ctx.Done()
			time.Sleep(10 * time.Millisecond) // as something that takes a moment to end
			thirdEnded.Store(true)
			return ctx.Err()
		case 4:
			close(fourthFailed)
			return errFourth
		case 5:
			fifthSent.Store(true)
		}
		return nil
	})
	result, err := identitymap.New(o).Map(context.Background(), ids, identitymap.WithBatch(1), identitymap.WithParallel(3))
	if !errors.Is(err, errSecond) || errors.Is(err, errFourth) || len(result.Mapped) != 2 {
		t.Errorf("%d mapped, %v", len(result.Mapped), err)
	}
	for _, id := range ids[:2] {
		if _, ok := result.Mapped[id]; !ok {
			t.Error("one that came before is missing")
		}
	}
	if !thirdEnded.Load() || fifthSent.Load() {
		t.Errorf("the third ended: %t, the fifth was sent: %t", thirdEnded.Load(), fifthSent.Load())
	}
}

// TestTheCallersContextEndsAll batches in flight.
func TestTheCallersContextEndsAll(t *testing.T) {
	ids := emails(t, 9)
	ctx, cancel := context.WithCancel(context.Background())
	var begun atomic.Int64
	o := newStaged(ids, func(ctx context.Context, _ int) error {
		if begun.Add(1) == 3 {
			cancel()
		}
		<-ctx.Done()
		return ctx.Err()
	})
	result, err := identitymap.New(o).Map(ctx, ids, identitymap.WithBatch(1), identitymap.WithParallel(3))
	if !errors.Is(err, context.Canceled) || len(result.Mapped) != 0 || begun.Load() != 3 {
		t.Errorf("%d mapped, %d begun, %v", len(result.Mapped), begun.Load(), err)
	}
}
