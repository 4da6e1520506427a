package bidder

import (
	"errors"
	"time"

	"github.com/uid2rtb/uid2rtb/optout"
)

// failsFor is how long a store counts as failing after an opt-out couldn't be added. It must end by
// itself: a receiver that is out of service gets no opt-outs with which the store could recover.
const failsFor = 30 * time.Second

// ReceiverHealth says whether a receiver of opt-outs can make them durable in store. Those
// that a store has already needn't have been read for that. A fleet's stream that can't be reached
// is a warning: the answer 503 then makes the sender repeat, as a refused connection wouldn't.
func ReceiverHealth(store *optout.Store, receiver *optout.Receiver, now time.Time) HealthReport {
	return reportOf(storeProblems(store, receiver, now), func(p problem) bool { return p.refuses })
}

// storeProblems are what isn't well about a store and its receiver, which is nil if there is none.
func storeProblems(store *optout.Store, receiver *optout.Receiver, now time.Time) (all []problem) {
	logErr, unreachable := store.LogErr(), store.UnreachableErr()
	switch err := store.Err(); {
	case err != nil:
		all = append(all, problem{code: CodeOptOutsUnreadable, withholds: true, refuses: true, what: "the opt-outs can't be read", cause: err})
	case store.Synced():
	case errors.Is(logErr, optout.ErrLocked):
		all = append(all, problem{code: CodeStoreLocked, withholds: true, refuses: true, what: "the opt-outs haven't been read", cause: logErr})
		logErr = nil
	default:
		all = append(all, problem{code: CodeOptOutsUnread, withholds: true, what: "the opt-outs haven't been read"})
	}
	if unreachable != nil {
		all = append(all, problem{code: CodeStreamAway, what: "the fleet's opt-outs don't come", cause: unreachable})
	}
	if logErr != nil {
		all = append(all, logProblem(logErr))
	}
	if at, err := store.LastFailure(); err != nil && now.Sub(at) < failsFor && !isOfTheStream(err) {
		all = append(all, problem{code: CodeStoreFails, refuses: true, what: "the last opt-out couldn't be added", cause: err})
	}
	if receiver != nil {
		all = append(all, reloadProblem("", receiver.ReloadErr())...)
	}
	return all
}

// logProblem says what is wrong with the file.
func logProblem(err error) problem {
	p := problem{code: CodeStoreReplaced, refuses: true, what: "the log of opt-outs", cause: err}
	switch {
	case errors.Is(err, optout.ErrDamaged):
		p.code, p.refuses = CodeStoreDamaged, false
	case errors.Is(err, optout.ErrLocked):
		p.code = CodeStoreLocked
	}
	return p
}

// isOfTheStream reports whether an opt-out couldn't be added because the fleet's stream is away or
// can't be used, of which there is a warning for as long as that is so.
func isOfTheStream(err error) bool {
	return errors.Is(err, optout.ErrUnreachable) || errors.Is(err, optout.ErrStream)
}
