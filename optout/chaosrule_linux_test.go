//go:build go1.25

package optout_test

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestChaosRule: which answers count as wrong in TestFleetChaos.
func TestChaosRule(t *testing.T) {
	for _, c := range []struct {
		note    string
		state   byte
		later   time.Duration // when the node is asked, after the acknowledgement
		started time.Duration // when its process was started, after the acknowledgement; before it if negative
		resumed time.Duration // when it was resumed, likewise; 0 if never suspended
		busy    bool          // an event is in progress
		away    bool
		want    tally
	}{
		{note: "it is known", state: saysOptedOut, later: time.Hour, started: -1},
		{note: "a node that isn't synced", state: saysUnknown, later: time.Hour, started: 1},
		{note: "it is on its way", state: saysNotOptedOut, later: propagation - 1, started: -1},
		{note: "it should have come", state: saysNotOptedOut, later: propagation, started: -1, want: tally{wrong: 1}},
		{note: "the servers are in trouble", state: saysNotOptedOut, later: propagation, started: -1, busy: true},
		{note: "for too long", state: saysNotOptedOut, later: propagation + silence, started: -1, busy: true, want: tally{wrong: 1}},
		{note: "the node says that it misses some", state: saysNotOptedOut, later: time.Hour, started: -1, away: true, want: tally{away: 1}},
		{note: "the node stood still", state: saysNotOptedOut, later: time.Hour, started: -1, resumed: time.Hour - 1},
		{note: "but goes on", state: saysNotOptedOut, later: time.Hour, started: -1, resumed: time.Hour - propagation, want: tally{wrong: 1}},
		{note: "the node was started afterwards", state: saysNotOptedOut, later: 2, started: 1, want: tally{restarted: 1}},
		{note: "even if it is away", state: saysNotOptedOut, later: 2, started: 1, busy: true, away: true, want: tally{restarted: 1}},
	} {
		t.Run(c.note, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Hour)
				m := newModel()
				m.acknowledge(1)
				at := time.Now()
				time.Sleep(c.later)
				if m.begin("something"); !c.busy {
					m.heal()
					m.healed = at.Add(-time.Hour)
				}
				a := answer{states: []byte{saysNotOptedOut, c.state}, asked: time.Now(), started: at.Add(c.started), away: c.away}
				if c.resumed != 0 {
					a.resumed = at.Add(c.resumed)
				}
				m.judge("node", a)
				m.judge("node", a)
				if c.want.events = 1; *m.event != c.want {
					t.Errorf("%+v, want %+v", *m.event, c.want)
				}
			})
		})
	}
}

// TestChaosGivenUp: a missing opt-out counts once, and again after it has been acknowledged again.
func TestChaosGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel()
		m.begin("something")
		m.acknowledge(1)
		m.acknowledge(2)
		time.Sleep(time.Minute)
		m.heal()
		answers := []answer{{states: []byte{saysNotOptedOut, saysOptedOut, saysNotOptedOut}}, {states: []byte{saysNotOptedOut, saysNotOptedOut, saysNotOptedOut}}}
		missing, nowhere := m.unknown(time.Now(), answers)
		m.conclude(healing, false, missing, nowhere)
		if missing, nowhere := m.unknown(time.Now(), answers); len(missing) != 0 || nowhere != 0 {
			t.Errorf("given up, and still %v, %d", missing, nowhere)
		}
		m.acknowledge(2)
		time.Sleep(time.Minute)
		missing, nowhere = m.unknown(time.Now(), answers)
		m.conclude(healing, false, missing, nowhere)
		if want := (tally{events: 1, late: 2, missing: 2, lost: 2, resent: 1}); *m.event != want {
			t.Errorf("%+v, want %+v", *m.event, want)
		}
	})
}
