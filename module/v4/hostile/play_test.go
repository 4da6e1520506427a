// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package hostile_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/module/hostile"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
)

var (
	auctions = flag.Int("auctions", defaultAuctions, "how many hostile auctions to play, at least")
	seed     = flag.Uint64("seed", 1, "what they follow from")
	only     = flag.String("scenario", "", "play this scenario alone")
	always   = flag.String("trick", "", "play this trick in every auction, beside others")
	examples = flag.Int("examples", 2, "how many auctions to name for each way in which something gets out of a scenario")
	number   = flag.Int("number", -1, "play the auction of this number alone")
)

// TestNothingLeaks plays auctions in all scenarios. A failure names what to repeat it with:
//
//	go test ./module/v3/hostile -run NothingLeaks -args -seed 1 -scenario default -number 7
//
// The same -trick, if any, must be given again.
func TestNothingLeaks(t *testing.T) {
	p := newPeople(t)
	total := newTally()
	all := scenarios(stagesOf(newModule(t, p)))
	weights, known := 0, false
	for _, s := range all {
		if !s.mayRefuse { // others play none, perhaps
			weights += s.weight
		}
		known = known || s.name == *only
	}
	if *only != "" && !known {
		t.Fatalf("there is no scenario %q", *only)
	}
	var playing errgroup.Group
	playing.SetLimit(atOnce)
	for _, s := range all {
		if *only == "" || s.name == *only {
			playing.Go(func() error {
				t.Run(s.name, func(t *testing.T) { playScenario(t, p, s, *auctions*s.weight/weights+1, total) })
				return nil
			})
		}
	}
	playing.Wait() // no error: tests report their own
	logs, err := pbstest.Logs()
	if err != nil {
		t.Fatal(err)
	}
	if found := p.search.In(logs); len(found) > 0 {
		t.Errorf("the logs hold %d raw UIDs", len(found))
	}
	t.Logf("%d auctions, %d refused by Prebid Server, %d with debug output; permitted bidders received %d raw UIDs; the logs have %d bytes",
		total.played, total.refused, total.debug, total.given, len(logs))
	if *only != "" || *always != "" || *number >= 0 || *auctions < 3000 {
		return
	}
	for _, trick := range hostile.Tricks() {
		if total.tricks[trick] == 0 {
			t.Errorf("the trick %q was in no auction that came about", trick)
		}
	}
	if testing.Verbose() {
		for _, trick := range slices.Sorted(maps.Keys(total.tried)) {
			t.Logf("%6d of %6d: %s", total.tricks[trick], total.tried[trick], trick)
		}
	}
}

// TestRaceHostileAuctions plays the scenario in which the module has most to do, for a moment: Prebid Server's own checks run only
// tests of such names with the race detector.
func TestRaceHostileAuctions(t *testing.T) {
	p := newPeople(t)
	busiest := scenario{name: "busiest", config: map[string]any{"raw_in_debug": true, "redact_bids": true}, rawInDebug: true,
		listed: pair, modes: true, level: hostile.Everywhere, debugIn10: 9}
	playScenario(t, p, busiest, 60, newTally())
}

// atOnce is how many scenarios are played at the same time. They wait for late hooks and for the
// analytics' disk.
const atOnce = 8

// newModule is one that tells what stages there are.
func newModule(t *testing.T, p *people) any {
	t.Helper()
	stand, err := newStand(t, p, scenario{listed: usual}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	return stand.module
}

func playScenario(t *testing.T, p *people, s scenario, n int, total *tally) {
	var nameHash uint64
	for _, c := range s.name {
		nameHash = nameHash*131 + uint64(c)
	}
	stand, err := newStand(t, p, s, *seed^nameHash<<20, nil)
	if s.mayRefuse && errors.Is(err, refused) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	counts := newTally()
	defer total.add(counts)
	first, last := 0, n
	if *number >= 0 {
		first, last = *number, *number+1
		for i := max(first-warmUp, 0); i < first; i++ { // the module may have learnt from others
			stand.playQuietly(t, uint64(i), newTally())
		}
	}
	for i := first; i < last; i++ {
		stand.play(t, uint64(i), counts)
	}
	stand.afterwards(t, counts)
	for _, way := range slices.Sorted(maps.Keys(counts.leaks)) {
		t.Errorf("%s in %d of %d auctions", way, counts.leaks[way], counts.played)
	}
	for _, way := range slices.Sorted(maps.Keys(counts.excused)) {
		t.Logf("not promised: %s in %d of %d auctions", way, counts.excused[way], counts.played)
	}
	if *number < 0 && !s.givesNone && counts.given < counts.chances(s)/20 {
		t.Errorf("permitted bidders received only %d raw UIDs; the scenario proves nothing", counts.given)
	}
}

// warmUp is how many auctions come before one that is played alone.
const warmUp = 50

// play plays one auction and reports what got out.
func (s *stand) play(t *testing.T, number uint64, counts *tally) {
	auction, ways := s.playQuietly(t, number, counts)
	for _, way := range ways {
		if s.scenario.excuses(way) {
			counts.excused[way]++
			continue
		}
		if counts.leaks[way]++; counts.leaks[way] <= *examples {
			t.Logf("-seed %d -scenario %q -number %d: %s; tricks: %s; bidders: %s", *seed, s.scenario.name, number, way, strings.Join(auction.Tricks, ", "), s.answers(number))
		}
	}
}

// playQuietly plays one auction and returns the ways in which something got out.
func (s *stand) playQuietly(t *testing.T, number uint64, counts *tally) (*hostile.Auction, []string) {
	t.Helper()
	s.number.Store(number)
	auction := s.generator.Auction(number)
	status, header, answer := s.send(t, auction)
	counts.played++
	debug := bytes.Contains(answer, []byte(`"httpcalls"`))
	if debug {
		counts.debug++
	}
	for _, trick := range auction.Tricks {
		counts.tried[trick]++
		if status == http.StatusOK {
			counts.tricks[trick]++
		}
	}
	if status != http.StatusOK {
		counts.refused++
	}
	ways := s.judge(auction, header, answer, debug, counts)
	s.pbs.ResetCachePuts()
	return auction, ways
}

// answers says what the bidders did that may receive raw UIDs.
func (s *stand) answers(number uint64) string {
	var all []string
	for _, l := range s.scenario.listed {
		name := cmp.Or(l.AliasOf, l.Name)
		all = append(all, s.generator.Answer(number, name, s.scenario.level).Name())
	}
	return strings.Join(all, ", ")
}

func (s *stand) send(t *testing.T, auction *hostile.Auction) (status int, header, answer []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), auction.Method, s.pbs.URL+auction.Path, bytes.NewReader(auction.Body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = auction.Header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if answer, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	response.Header.Write(&b)
	return response.StatusCode, b.Bytes(), answer
}
