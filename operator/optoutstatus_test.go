package operator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/operator"
)

// v4 and its canonical form: a raw UID of version 4 in production, and as its opt-out is announced.
const (
	v4          = "oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1"
	v4Announced = "IA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1"
)

func rawUID(t testing.TB, text string) codec.RawUID {
	t.Helper()
	uid, err := codec.DecodeRawUID(text)
	if err != nil {
		t.Fatal(err)
	}
	return uid
}

// numbered returns the raw UID of version 2 with a number.
func numbered(t testing.TB, n int) codec.RawUID {
	t.Helper()
	uid, err := codec.NewRawUID(fmt.Appendf(nil, "%032d", n))
	if err != nil {
		t.Fatal(err)
	}
	return uid
}

// optOutServer knows who has opted out, by the text of the raw UID, and records how it is asked.
func optOutServer(t *testing.T, since map[string]int64, batches chan<- []string) *fake {
	return newFake(t, func(w http.ResponseWriter, _ int, a asked) {
		var request struct {
			IDs []string `json:"advertising_ids"`
		}
		if a.path != "/v2/optout/status" || json.Unmarshal(a.payload, &request) != nil || len(request.IDs) > operator.MaxIdentities {
			refuse(w, http.StatusBadRequest, `{"status":"client_error"}`)
			return
		}
		if batches != nil {
			batches <- request.IDs
		}
		found := []map[string]any{}
		for _, id := range request.IDs {
			if ms, ok := since[id]; ok {
				found = append(found, map[string]any{"advertising_id": id, "opted_out_since": ms})
			}
		}
		body, err := json.Marshal(map[string]any{"status": "success", "body": map[string]any{"opted_out": found}})
		if err != nil {
			panic(err)
		}
		succeed(w, a, string(body))
	})
}

func TestOptOutStatus(t *testing.T) {
	out := numbered(t, 7)
	s := optOutServer(t, map[string]int64{out.Reveal(): 5000, v4Announced: 6000}, nil)
	c := newClient(t, s.URL)
	uids := []codec.RawUID{numbered(t, 1), out, rawUID(t, v4), numbered(t, 2), out, {}}
	got, err := c.OptOutStatus(context.Background(), uids)
	want := []operator.OptedOut{{UID: out, Since: time.UnixMilli(5000)}, {UID: rawUID(t, v4), Since: time.UnixMilli(6000)}, {UID: out, Since: time.UnixMilli(5000)}}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: since %v, want %v", i, got[i].Since, want[i].Since)
		}
	}
	if printed := fmt.Sprintf("%v %+v %#v", got, got, got); strings.Contains(printed, out.Reveal()[:8]) {
		t.Error(printed)
	}
	if got, err := c.OptOutStatus(context.Background(), nil); err != nil || got != nil {
		t.Errorf("nobody: %v, %v", got, err)
	}
}

// TestOptOutBatches: both forms of a version 4 UID are sent, and no batch exceeds an operator's
// limit.
func TestOptOutBatches(t *testing.T) {
	const n = 2*operator.MaxIdentities + 1
	for _, private := range []bool{false, true} {
		batches := make(chan []string, 10)
		opts := []operator.Option{}
		if private {
			opts = append(opts, operator.WithPrivateOperator())
		}
		var uids []codec.RawUID
		for i := range n - 2 {
			uids = append(uids, numbered(t, i))
		}
		uids = append(uids, rawUID(t, v4), numbered(t, 0))
		last := numbered(t, n-3)
		c := newClient(t, optOutServer(t, map[string]int64{last.Reveal(): 9}, batches).URL, opts...)
		got, err := c.OptOutStatus(context.Background(), uids)
		close(batches)
		if err != nil || len(got) != 1 || got[0].UID != last {
			t.Fatalf("private %v: %d, %v", private, len(got), err)
		}
		asked, count := map[string]bool{}, 0
		for batch := range batches {
			for _, id := range batch {
				asked[id] = true
				count++
			}
		}
		if count != n || len(asked) != n || !asked[v4] || !asked[v4Announced] {
			t.Errorf("private %v: %d ids, %d different", private, count, len(asked))
		}
	}
}

// Public operators get one request at a time.
func TestOptOutBatchesOneAfterAnother(t *testing.T) {
	var mu sync.Mutex
	s := newFake(t, func(w http.ResponseWriter, _ int, a asked) {
		if !mu.TryLock() {
			t.Error("two requests at the same time")
			return
		}
		defer mu.Unlock()
		succeed(w, a, `{"status":"success","body":{"opted_out":[]}}`)
	})
	var uids []codec.RawUID
	for i := range 3 * operator.MaxIdentities {
		uids = append(uids, numbered(t, i))
	}
	if _, err := newClient(t, s.URL).OptOutStatus(context.Background(), uids); err != nil || len(s.seen()) != 3 {
		t.Errorf("%d requests, %v", len(s.seen()), err)
	}
}

func TestWrongOptOutAnswers(t *testing.T) {
	for _, body := range []string{"", "canary", "{}", `{"status":"error","body":{"opted_out":[]}}`,
		`{"status":"success","body":{"opted_out":[{"advertising_id":"canary","opted_out_since":1}]}}`,
		`{"status":"success","body":{"opted_out":[{"opted_out_since":1}]}}`, `{"status":"success","body":[]}`} {
		s := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, body) })
		_, err := newClient(t, s.URL).OptOutStatus(context.Background(), []codec.RawUID{numbered(t, 1)})
		if !errors.Is(err, operator.ErrResponse) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", body, err)
		}
	}
	s := newFake(t, func(w http.ResponseWriter, _ int, _ asked) {
		refuse(w, http.StatusUnauthorized, `{"status":"unauthorized"}`)
	})
	for _, opt := range []operator.Option{operator.WithMaxAttempts(1), operator.WithPrivateOperator()} {
		if _, err := newClient(t, s.URL, opt).OptOutStatus(context.Background(), []codec.RawUID{numbered(t, 1)}); !errors.Is(err, operator.ErrUnauthorized) {
			t.Error(err)
		}
	}
}

// TestPrivateOperator: a private operator gets up to eight batches at a time.
func TestPrivateOperator(t *testing.T) {
	if operator.MaxIdentities != 5000 {
		t.Errorf("batches of %d", operator.MaxIdentities)
	}
	var uids []codec.RawUID
	for i := range 9*operator.MaxIdentities + 1 {
		uids = append(uids, numbered(t, i))
	}
	var mu sync.Mutex
	now, most, batches := 0, 0, 0
	answer := func(w http.ResponseWriter, r *http.Request) {
		a, _ := open(r)
		mu.Lock()
		batches++
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(time.Second)
		mu.Lock()
		now--
		mu.Unlock()
		succeed(w, a, `{"status":"success","body":{"opted_out":[]}}`)
	}
	bubble(t, answer, []operator.Option{operator.WithPrivateOperator()}, func(t *testing.T, c *operator.Client) {
		if _, err := c.OptOutStatus(context.Background(), uids); err != nil || most != 8 || batches != 10 {
			t.Errorf("%d batches, up to %d at a time, %v", batches, most, err)
		}
	})
}

// TestOptedOutTwice: of the two forms of a UID, the later time counts, in either order.
func TestOptedOutTwice(t *testing.T) {
	for _, times := range [][2]int64{{5, 9}, {9, 5}} {
		c := newClient(t, optOutServer(t, map[string]int64{v4: times[0], v4Announced: times[1]}, nil).URL)
		got, err := c.OptOutStatus(context.Background(), []codec.RawUID{rawUID(t, v4)})
		if err != nil || len(got) != 1 || got[0].Since != time.UnixMilli(9) {
			t.Errorf("%v: %d, %v", times, len(got), err)
		}
	}
}
