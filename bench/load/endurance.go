package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/internal/pbstree"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// endurance is what a server goes through.
type endurance struct {
	long       time.Duration
	rate       float64       // auctions a second
	population int           // with tokens
	rotate     time.Duration // between new keys
	strangers  time.Duration // between opt-outs of users that never come
	leavers    time.Duration // between opt-outs of those that do
	account    time.Duration // between changes of an account
	sample     time.Duration // between samples
	warm       time.Duration // of which the samples don't count
}

// newEndurance has everything often enough for a time.
func newEndurance(long time.Duration) endurance {
	return endurance{long: long, rate: 50, population: max(400, int(4*long.Seconds())), rotate: min(time.Minute, long/3), strangers: time.Second,
		leavers: time.Second, account: 2 * time.Second, sample: max(long/360, time.Second), warm: long / 5}
}

// keyGrace is how long a token may be newer than the server's keys, which it fetches every five
// seconds.
const keyGrace = 12 * time.Second

// endured is what came of it.
type endured struct {
	endurance
	outcome
	samples  []sample
	raw      int64 // raw UIDs sent to the listed bidder
	optedOut int64 // requests without, as the user had opted out
	optOuts  int   // acknowledged
	rotated  int
	dropped  int
	wrong    []string
	load     [2]string // average of the machine, at begin and end
}

// trial is an endurance under way.
type trial struct {
	endurance
	*host
	player *player
	out    io.Writer

	leaver atomic.Int64 // the user who opted out last, or is about to

	mu      sync.Mutex
	result  endured
	samples []sample
}

// endure starts a server with the module, runs it for the time with everything that happens to one, and says
// how it was.
func (e endurance) endure(ctx context.Context, server *pbstree.Built, out io.Writer) (result endured, err error) {
	w, err := newWorld(e.population)
	if err != nil {
		return result, err
	}
	defer w.close()
	h, err := startHost(w, server, true)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	t := &trial{endurance: e, host: h, player: newPlayer(h), out: out}
	defer t.player.close()
	t.result.load[0] = report.ThisMachine().Load
	t.run(ctx)
	t.result.load[1] = report.ThisMachine().Load
	return t.judge(), ctx.Err()
}

// run has everything happen at once.
func (t *trial) run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, t.long)
	defer cancel()
	var beside sync.WaitGroup
	defer beside.Wait()
	for _, what := range []struct {
		pause time.Duration
		do    func(n int)
	}{
		{t.rotate, t.rotateKeys}, {t.strangers, t.optOutStranger}, {t.leavers, t.optOutUser},
		{t.account, func(int) { t.accounts.change() }}, {t.sample, t.takeSample},
	} {
		beside.Go(func() { every(ctx, what.pause, what.do) })
	}
	t.takeSample(0)
	_, t.result.dropped = openLoop(ctx, t.rate, t.long, t.play)
}

// play plays the n-th auction: one in ten has no UID2, two are of the user who opts out; one in four
// is of the account that changes; from one in twenty the client goes away.
func (t *trial) play(n int, due time.Time) {
	a := auction{user: rand.IntN(len(t.users)), sent: time.Now(), strict: true, account: steady}
	switch n % 10 {
	case 3:
		a.user = -1
	case 2, 7:
		a.user = int(t.leaver.Load())
	}
	if a.user >= 0 {
		a.fresh = time.Since(t.users[a.user].token.Load().made) < keyGrace
	}
	if n%4 == 1 {
		a.account, a.strict = changing, false
	}
	var giveUp time.Duration
	if n%20 == 9 {
		giveUp = time.Duration(1 + rand.Int64N(int64(4*time.Millisecond)))
	}
	t.player.play(a, due, giveUp)
}

// rotateKeys makes new keys, drops those before the last ones, and renews all tokens.
func (t *trial) rotateKeys(int) {
	t.Operator.RetireKeys()
	t.Operator.RotateKeys()
	t.renewTokens()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.rotated++
}

// optOutStranger opts somebody out who is in no request.
func (t *trial) optOutStranger(n int) {
	t.sendOptOut(t.Operator.RawUID(uid2test.TokenSpec{Email: fmt.Sprintf("stranger%d@example.com", n)}).Reveal())
}

// optOutUser opts one of the users out, who goes on to come in requests.
func (t *trial) optOutUser(n int) {
	if n > len(t.users)/2 {
		return // so that enough of them are left
	}
	t.leaver.Store(int64(n * 2 % len(t.users)))
	user := t.users[t.leaver.Load()]
	if t.sendOptOut(user.raw) {
		user.gone.Store(time.Now().UnixNano())
	}
}

func (t *trial) sendOptOut(raw string) bool {
	err := t.host.optOut(http.DefaultClient, raw)
	t.player.failure(err)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.result.optOuts++
	}
	return err == nil
}

// takeSample looks at the process and prints what it sees.
func (t *trial) takeSample(n int) {
	s, err := sampleOf(t.host, true)
	if err != nil {
		t.player.failure(err)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.samples = append(t.samples, s)
	if n%10 == 0 {
		fmt.Fprintf(t.out, "%s  RSS %.1f MB, heap %.2f MB, %.0f goroutines, %.0f files, %.0f s of the processor, %d opt-outs, %d raw UIDs, %d withheld\n",
			s.at.Format(time.TimeOnly), s.rss/1e6, s.heap/1e6, s.goroutines, s.files, s.cpu.Seconds(), t.result.optOuts, t.bidders.raw.Load(), t.bidders.optedOut.Load())
	}
}

// judge stops the server and says how it was.
func (t *trial) judge() endured {
	stopped := t.Stop()
	r := t.result
	r.endurance, r.outcome, r.samples = t.endurance, t.player.takeOutcome(), t.samples
	r.raw, r.optedOut = t.bidders.raw.Load(), t.bidders.optedOut.Load()
	r.wrong = append(grown(warm(t.samples, t.warm)), t.bidders.wrong()...)
	if stopped != nil {
		r.wrong = append(r.wrong, stopped.Error())
	}
	if r.failed > 0 {
		r.wrong = append(r.wrong, counted(r.failed, "failures: ")+strings.Join(r.errors, "; "))
	}
	if r.dropped > 0 {
		r.wrong = append(r.wrong, counted(r.dropped, "auctions not played: too many were under way"))
	}
	logs, err := t.Logs()
	if err != nil {
		r.wrong = append(r.wrong, err.Error())
	}
	for _, line := range unexpected(logs) {
		r.wrong = append(r.wrong, "in the log: "+line)
	}
	for _, u := range t.users {
		if strings.Contains(logs, u.raw) {
			r.wrong = append(r.wrong, "a raw UID is in the log")
			break
		}
	}
	r.wrong = append(r.wrong, r.unproven()...)
	return r
}

// unproven says what didn't happen, so that the run proves nothing about it.
func (r *endured) unproven() (all []string) {
	for what, n := range map[string]int64{"raw UIDs": r.raw, "requests without, after opt-outs": r.optedOut, "opt-outs": int64(r.optOuts),
		"new keys": int64(r.rotated), "clients that gave up": int64(r.canceled), "auctions": int64(r.played)} {
		if n == 0 {
			all = append(all, "there were no "+what)
		}
	}
	return all
}
