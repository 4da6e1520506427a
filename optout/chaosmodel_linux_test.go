package optout_test

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"text/tabwriter"
	"time"
)

const (
	// propagation is how long it may take until an opt-out that one node acknowledged is known
	// to another one that runs, is connected and was synced all along. Nodes get opt-outs from
	// the stream after they are acknowledged, so there must be some allowance; the log takes
	// milliseconds, and the rest is for a machine on which nine processes share two cores.
	propagation = 2 * time.Second
	// silence is added while the servers or the stream are disrupted: a node learns that its
	// server has fallen silent from two missing heartbeats, a second each. Until then, it can't
	// know that it misses anything.
	silence = 3 * time.Second
	// healing is how long it may take, once the servers have recovered, until every
	// acknowledged opt-out is known on every node.
	healing = 10 * time.Second
)

// model knows what a fleet has acknowledged, and judges the answers of its nodes.
type model struct {
	mu           sync.Mutex
	acknowledged []time.Time     // by number; zero if it wasn't
	givenUp      map[uint64]bool // missing, and counted already
	unstreamed   map[uint64]bool // unknown to a new node, and counted already
	resent       map[uint64]bool // given up, and then sent and acknowledged again
	count, again int
	event        *tally // the current or latest event
	busy         bool   // the event hasn't healed yet
	healed       time.Time
	seen         map[mistake]bool // mistakes of this event
	tallies      map[string]*tally
}

// mistake is a wrong answer, which counts once per event.
type mistake struct {
	node   string
	number uint64
}

// tally is the outcome of the events of one kind.
type tally struct {
	events    int
	late      int           // events after which it took too long until everything was known everywhere
	slowest   time.Duration // of the other events
	missing   int           // opt-outs that some node didn't know in time
	lost      int           // opt-outs that no node knew in time
	restarted int           // wrong answers of a node that started after the opt-out was acknowledged
	wrong     int           // wrong answers of a node that ran on
	away      int           // the same, of a node that reported that it is away: no mistake
	unnoticed int           // nodes that reported no problem while a human was needed
	newcomer  int           // opt-outs that a new node didn't know in time, each counted once
	resent    int           // opt-outs that an earlier event lost, that were acknowledged again, and that are still missing or denied
}

func newModel() *model {
	return &model{givenUp: make(map[uint64]bool), unstreamed: make(map[uint64]bool), resent: make(map[uint64]bool), seen: make(map[mistake]bool), tallies: make(map[string]*tally), event: new(tally)}
}

// begin records the start of an event.
func (m *model) begin(kind string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tallies[kind] == nil {
		m.tallies[kind] = new(tally)
	}
	m.event, m.busy = m.tallies[kind], true
	m.event.events++
	clear(m.seen)
}

// heal records that it has healed.
func (m *model) heal() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy, m.healed = false, time.Now()
}

// acknowledge records that an opt-out was just acknowledged. One that was given up counts again.
func (m *model) acknowledge(number uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for uint64(len(m.acknowledged)) <= number {
		m.acknowledged = append(m.acknowledged, time.Time{})
	}
	switch {
	case m.acknowledged[number].IsZero():
		m.count++
		m.acknowledged[number] = time.Now()
	case m.givenUp[number]:
		delete(m.givenUp, number)
		m.resent[number], m.acknowledged[number] = true, time.Now()
		m.again++
	default:
		m.again++
	}
}

// end returns a number above those of all acknowledged opt-outs.
func (m *model) end() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return uint64(len(m.acknowledged))
}

// owed reports whether an opt-out was acknowledged before a time and hasn't been given up.
func (m *model) owed(number uint64, before time.Time) bool {
	at := m.acknowledged[number]
	return !at.IsZero() && at.Before(before) && !m.givenUp[number]
}

// judge looks for users whom the node called "not opted out" although they had been acknowledged
// before.
func (m *model) judge(node string, a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	allowance := propagation
	if m.busy || time.Since(m.healed) < propagation+silence {
		allowance += silence
	}
	for i, state := range a.states {
		number := a.from + uint64(i)
		if state != saysNotOptedOut || !m.owed(number, a.asked) || m.seen[mistake{node, number}] {
			continue
		}
		known := m.acknowledged[number]
		switch {
		case m.resent[number]:
			if a.asked.Sub(known) < allowance {
				continue
			}
			m.event.resent++
		case known.Before(a.started): // a starting node must not answer before it knows all of these
			m.event.restarted++
		case a.asked.Sub(known) < allowance || a.asked.Sub(a.resumed) < allowance:
			continue
		case a.away: // a node goes on with what it knows, and reports that it is away
			m.event.away++
		default:
			m.event.wrong++
		}
		m.seen[mistake{node, number}] = true
	}
}

// unknown returns the opt-outs, acknowledged before a time, that some of the answers, which are
// about all users, don't know, and how many of them no answer knows.
func (m *model) unknown(before time.Time, answers []answer) (missing []uint64, nowhere int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for number := range uint64(len(m.acknowledged)) {
		if !m.owed(number, before) {
			continue
		}
		knowing := 0
		for _, a := range answers {
			if number < uint64(len(a.states)) && a.states[number] == saysOptedOut {
				knowing++
			}
		}
		if knowing < len(answers) {
			missing = append(missing, number)
		}
		if knowing == 0 {
			nowhere++
		}
	}
	return missing, nowhere
}

// newcomer counts the opt-outs, acknowledged before a time, that a new node doesn't know, and that
// weren't counted before.
func (m *model) newcomer(before time.Time, a answer) (missing int) {
	numbers, _ := m.unknown(before, []answer{a})
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, number := range numbers {
		if !m.unstreamed[number] {
			m.unstreamed[number] = true
			missing++
		}
	}
	m.event.newcomer += missing
	return missing
}

// unnoticed records a node that reports no problem although there is one.
func (m *model) unnoticed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.event.unnoticed++
}

// conclude records how an event ended: how long it took until everything was known everywhere, or
// what is missing, which is given up so that it counts once.
func (m *model) conclude(took time.Duration, inTime bool, missing []uint64, nowhere int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if inTime {
		m.event.slowest = max(m.event.slowest, took)
		return
	}
	m.event.late++
	m.event.lost += nowhere
	for _, number := range missing {
		m.givenUp[number] = true
		if m.resent[number] {
			m.event.resent++
		} else {
			m.event.missing++
		}
	}
}

// report prints the outcome of each kind of event, and returns the sum.
func (m *model) report(out io.Writer) (sum tally) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "event\ttimes\tnot healed\tslowest s\tunnoticed\tmissing somewhere\tknown nowhere\tmissing on a new node\twrong after a restart\twrong while running\tlost before, sent again\tbehind while away\t")
	for _, kind := range slices.Sorted(maps.Keys(m.tallies)) {
		k := m.tallies[kind]
		k.row(w, kind)
		sum.add(k)
	}
	sum.row(w, "all")
	w.Flush()
	fmt.Fprintf(out, "%d opt-outs acknowledged, %d times again\n", m.count, m.again)
	return sum
}

func (k *tally) add(other *tally) {
	k.events, k.late, k.slowest = k.events+other.events, k.late+other.late, max(k.slowest, other.slowest)
	k.unnoticed += other.unnoticed
	k.missing, k.lost, k.newcomer, k.resent = k.missing+other.missing, k.lost+other.lost, k.newcomer+other.newcomer, k.resent+other.resent
	k.restarted, k.wrong, k.away = k.restarted+other.restarted, k.wrong+other.wrong, k.away+other.away
}

// failed reports whether anything went wrong.
func (k *tally) failed() bool { return k.late+k.unnoticed+k.newcomer+k.restarted+k.wrong+k.resent > 0 }

func (k *tally) row(w io.Writer, name string) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%.1f\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", name, k.events, k.late, k.slowest.Seconds(), k.unnoticed, k.missing, k.lost, k.newcomer, k.restarted, k.wrong, k.resent, k.away)
}
