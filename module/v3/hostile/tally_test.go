package hostile_test

import "sync"

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

// chances counts the auctions of a scenario in which somebody might have been given a raw UID.
func (t *tally) chances(s scenario) int {
	n := t.played - t.refused
	if !s.rawInDebug {
		n -= t.debug
	}
	return n
}
