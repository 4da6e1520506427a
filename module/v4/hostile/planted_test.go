// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package hostile_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v4/hooks/hookanalytics"
	"github.com/prebid/prebid-server/v4/hooks/hookstage"
	"github.com/prebid/prebid-server/v4/logger"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/uid2rtb/uid2rtb/module/hostile"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
)

// leakyModule puts a raw UID into one place, of all that TestNothingLeaks looks at, and counts how
// often.
type leakyModule struct {
	place string
	text  func() string // of the raw UID

	mu    sync.Mutex
	count int
}

// plant returns the text for a place, if this module is for it.
func (m *leakyModule) plant(place string) (string, bool) {
	if m.place != place {
		return "", false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count++
	return m.text(), true
}

func (m *leakyModule) HandleBidderRequestHook(_ context.Context, _ invocation, p hookstage.BidderRequestPayload) (r result[hookstage.BidderRequestPayload], err error) {
	r.ChangeSet.AddMutation(func(p hookstage.BidderRequestPayload) (hookstage.BidderRequestPayload, error) {
		to := p.Bidder
		if slices.Contains(hostile.CallerHosts(), to) {
			to = callersHost
		}
		if text, ok := m.plant("request to " + to); ok {
			p.Request.User = &openrtb2.User{Keywords: text}
		}
		return p, nil
	}, hookstage.MutationUpdate, "user")
	return r, nil
}

func (m *leakyModule) HandleAllProcessedBidResponsesHook(_ context.Context, _ invocation, p hookstage.AllProcessedBidResponsesPayload) (r result[hookstage.AllProcessedBidResponsesPayload], err error) {
	r.ChangeSet.AddMutation(func(p hookstage.AllProcessedBidResponsesPayload) (hookstage.AllProcessedBidResponsesPayload, error) {
		for _, seat := range p.Responses {
			for _, bid := range seat.Bids {
				if text, ok := m.plant("bid"); ok {
					bid.Bid.AdM += text
				}
			}
		}
		return p, nil
	}, hookstage.MutationUpdate, "bids")
	return r, nil
}

func (m *leakyModule) HandleAuctionResponseHook(_ context.Context, _ invocation, p hookstage.AuctionResponsePayload) (r result[hookstage.AuctionResponsePayload], err error) {
	if text, ok := m.plant("analytics"); ok {
		r.AnalyticsTags.Activities = []hookanalytics.Activity{{Name: "leak", Status: hookanalytics.ActivityStatusSuccess,
			Results: []hookanalytics.Result{{Status: hookanalytics.ResultStatusAllow, Values: map[string]any{"raw": text}}}}}
	}
	r.ChangeSet.AddMutation(func(p hookstage.AuctionResponsePayload) (hookstage.AuctionResponsePayload, error) {
		if text, ok := m.plant("response"); ok {
			var ext map[string]any
			_ = json.Unmarshal(p.BidResponse.Ext, &ext)
			more := map[string]any{"leak": text}
			maps.Copy(more, ext)
			p.BidResponse.Ext, _ = json.Marshal(more) // a string and what was JSON
		}
		return p, nil
	}, hookstage.MutationUpdate, "ext")
	return r, nil
}

func (m *leakyModule) HandleExitpointHook(_ context.Context, _ invocation, p hookstage.ExitpointPayload) (r result[hookstage.ExitpointPayload], err error) {
	if text, ok := m.plant("header"); ok {
		p.W.Header().Set("X-Leak", text)
	}
	return r, nil
}

// What TestNothingLeaks would report is reported, wherever it is and however it is encoded.
func TestWhatIsPlantedIsFound(t *testing.T) {
	p := newPeople(t)
	var gone, alive hostile.User
	for _, user := range p.users {
		if user.Gone {
			gone = user
		} else {
			alive = user
		}
	}
	for _, test := range []struct {
		place, raw string
		ways       []string
	}{
		{"request to openx", alive.Raw, []string{"a raw UID reached openx"}},
		{"request to " + callersHost, alive.Raw, []string{"a raw UID reached the caller's host"}},
		{"request to thetradedesk", gone.Raw, []string{"the raw UID of a user who opted out reached a bidder"}},
		{"request to thetradedesk", hostile.Mark, []string{"a forgery reached a bidder"}},
		{"bid", alive.Raw, []string{"a raw UID is in the cache", "a raw UID is in the response's seatbid", "a raw UID is in the analytics"}},
		{"analytics", alive.Raw, []string{"a raw UID is in the analytics"}},
		{"response", alive.Raw, []string{"a raw UID is in the response's ext.leak"}},
		{"header", alive.Raw, []string{"a raw UID is in the response's header"}},
	} {
		leaky := &leakyModule{place: test.place, text: encoded(test.raw)}
		s, err := newStand(t, p, scenario{name: "planted", listed: usual}, 1, leaky)
		if err != nil {
			t.Fatal(err)
		}
		counts := newTally()
		for number := range uint64(120) {
			_, ways := s.playQuietly(t, number, counts)
			for _, way := range ways {
				counts.leaks[way]++
			}
		}
		s.afterwards(t, counts)
		for _, way := range test.ways {
			if counts.leaks[way] < 2 {
				t.Errorf("%s, planted %d times: %q %d times; found %v", test.place, leaky.count, way, counts.leaks[way], counts.leaks)
			}
		}
	}
}

// encoded writes a raw UID in one encoding after the other.
func encoded(raw string) func() string {
	n := 0
	return func() string {
		n++
		if strings.HasPrefix(raw, hostile.Mark) {
			return raw
		}
		return hostile.Encodings()[n%len(hostile.Encodings())].Encode(raw)
	}
}

// What PBS logs, and what metrics say, is looked at in the same way. The raw UID is one that no
// auction has.
func TestPlantedInLogsAndMetrics(t *testing.T) {
	p := newPeople(t)
	search := hostile.NewSearch(raws(p.planted))
	for _, encoding := range hostile.Encodings() {
		logger.Infof("%s", encoding.Encode(p.planted.Raw))
		logs, err := pbstest.Logs()
		if err != nil || len(search.In(logs)) != 1 {
			t.Fatalf("encoding %d isn't found in the logs (%v)", encoding, err)
		}
		registry := prometheus.NewRegistry()
		gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "leak" + strconv.Itoa(int(encoding)), ConstLabels: prometheus.Labels{"raw": encoding.Encode(p.planted.Raw)}})
		registry.MustRegister(gauge)
		if text := metricsText(t, registry); len(search.In(text)) != 1 {
			t.Errorf("encoding %d isn't found in metrics", encoding)
		}
	}
}
