package hostile_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/module/hostile"
	"github.com/uid2rtb/uid2rtb/module/pbstest"
)

var (
	auctions = flag.Int("auctions", defaultAuctions, "how many hostile auctions to play")
	seed     = flag.Uint64("seed", 1, "what they follow from")
	only     = flag.String("scenario", "", "play this scenario alone")
	always   = flag.String("trick", "", "play this trick in every auction, beside others")
	examples = flag.Int("examples", 2, "how many auctions to name for each way in which something gets out of a scenario")
	number   = flag.Int("number", -1, "play the auction of this number alone")
)

// TestNothingLeaks plays auctions in all scenarios. A failure names what to repeat it with:
//
//	go test ./module/hostile -run NothingLeaks -args -seed 1 -scenario default -number 7
//
// The same -trick, if any, must be given again.
func TestNothingLeaks(t *testing.T) {
	p := newPeople(t)
	total := newTally()
	all := scenarios(stagesOf(newModule(t, p)))
	weights := 0
	for _, s := range all {
		weights += s.weight
	}
	var playing errgroup.Group
	playing.SetLimit(atOnce)
	for _, s := range all {
		if *only == "" || s.name == *only {
			playing.Go(func() error {
				t.Run(s.name, func(t *testing.T) { playScenario(t, p, s, max(*auctions*s.weight/weights, 1), total) })
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

// atOnce is how many scenarios are played at the same time. They wait for late hooks and for the analytics' disk.
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

// tally counts what was played, in one scenario or all.
type tally struct {
	mu                   sync.Mutex
	played, debug, given int
	refused              int
	tried, tricks        map[string]int // auctions with a trick, and those of them that came about
	leaks, excused       map[string]int // auctions, by the way out; excused ones are promised by nobody
}

func newTally() *tally {
	return &tally{tried: map[string]int{}, tricks: map[string]int{}, leaks: map[string]int{}, excused: map[string]int{}}
}

// add adds the counts of a scenario, in which no auction is under way.
func (t *tally) add(s *tally) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.played += s.played
	t.debug += s.debug
	t.given += s.given
	t.refused += s.refused
	for trick, n := range s.tried {
		t.tried[trick] += n
		t.tricks[trick] += s.tricks[trick]
	}
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
	if *number < 0 && n >= 20 && !s.givesNone && counts.given < n/20 {
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

// judge returns the ways in which something got out that must not.
func (s *stand) judge(auction *hostile.Auction, header, answer []byte, debug bool, counts *tally) (ways []string) {
	add := func(way string) {
		if !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	permitted := auction.Permitted(s.scenario.listed, s.scenario.wider)
	for _, one := range s.take() {
		if one.forged {
			add("a forgery reached a bidder")
		}
		for _, found := range one.found {
			switch {
			case !slices.Contains(permitted, one.to):
				add("a raw UID reached " + one.to)
			case s.users[found.Raw].Gone:
				add("the raw UID of a user who opted out reached a bidder")
			case debug && !s.scenario.rawInDebug:
				add("a raw UID reached a bidder in an auction with debug output")
			case !slices.Contains(auction.Users, found.Raw) && !(s.scenario.identity && found.Raw == 0):
				add("the raw UID of another auction's user reached a bidder")
			default:
				counts.given++
			}
		}
	}
	if what := s.holds(header); what != "" {
		add(what + " is in the response's header")
	}
	if what := s.holds(answer); what != "" {
		for _, place := range s.places(answer) {
			add(what + " is in the response's " + place)
		}
	}
	for _, put := range s.pbs.CachePuts() {
		if what := s.holds(put); what != "" {
			add(what + " is in the cache")
		}
	}
	return ways
}

// holds says what a text holds of raw UIDs, if anything.
func (s *stand) holds(text []byte) string {
	found := s.search.In(text)
	switch {
	case len(found) == 0:
		return ""
	case slices.ContainsFunc(found, func(f hostile.Found) bool { return f.Whole }):
		return "a raw UID"
	}
	return "a part of a raw UID"
}

// places are the members of a response in which a raw UID is: of its ext, of an amp response's, or others.
func (s *stand) places(answer []byte) (places []string) {
	var top map[string]json.RawMessage
	if json.Unmarshal(answer, &top) != nil {
		return []string{"text"}
	}
	for name, value := range top {
		var within map[string]json.RawMessage
		switch {
		case len(s.search.In(value)) == 0:
		case (name == "ext" || name == "ortb2") && json.Unmarshal(value, &within) == nil:
			for _, place := range s.places(value) {
				places = append(places, name+"."+place)
			}
		default:
			places = append(places, name)
		}
	}
	slices.Sort(places)
	return places
}

// afterwards looks at what is written beside the auctions.
func (s *stand) afterwards(t *testing.T, counts *tally) {
	t.Helper()
	if len(s.search.In(s.metrics(t))) > 0 {
		counts.leaks["a raw UID is in the metrics"]++
	}
	if err := s.pbs.Close(); err != nil { // waits for the analytics
		t.Fatal(err)
	}
	s.eachAnalyticsLine(t, func(line []byte) {
		what := s.holds(line)
		if what == "" {
			return
		}
		way := what + " is in the analytics"
		if s.scenario.excuses(way) {
			counts.excused[way]++
			return
		}
		if counts.leaks[way]++; counts.leaks[way] <= *examples {
			t.Logf("%s: %s", way, auctionID.Find(line))
		}
	})
}

// auctionID is how an auction, or a stored request, is named in analytics.
var auctionID = regexp.MustCompile(`auction[0-9]+`)

// metrics is every metric of Prebid Server and of the module as text.
func (s *stand) metrics(t *testing.T) []byte {
	t.Helper()
	own := prometheus.NewRegistry()
	if err := own.Register(s.module.Collector()); err != nil {
		t.Fatal(err)
	}
	return metricsText(t, prometheus.Gatherers{s.pbs.Metrics, own})
}

func metricsText(t *testing.T, from prometheus.Gatherer) []byte {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			t.Fatal(err)
		}
	}
	return text.Bytes()
}

// eachAnalyticsLine reads the file that Prebid Server writes, a line for each auction.
func (s *stand) eachAnalyticsLine(t *testing.T, do func(line []byte)) {
	t.Helper()
	files, err := filepath.Glob(s.analytics + "*") // the name gets the date
	if err != nil || len(files) == 0 {
		t.Fatal("no analytics", err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		reader := bufio.NewReader(file)
		for err == nil {
			var line []byte
			if line, err = reader.ReadBytes('\n'); len(line) > 0 {
				do(line)
			}
		}
		if err != io.EOF {
			t.Fatal(err)
		}
	}
}
