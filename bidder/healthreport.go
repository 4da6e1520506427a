package bidder

import (
	"errors"
	"fmt"
	"slices"
)

// HealthReport is the state of a process, for a load balancer, a script or a person. It has no
// secrets and no raw UIDs.
type HealthReport struct {
	// Reasons are why the process isn't ready. Without any, it is.
	Reasons []Problem
	// Warnings are worth an alert, and no reason to take the process out of service.
	Warnings []Problem
}

// Ready reports whether there is no reason against it.
func (r HealthReport) Ready() bool { return len(r.Reasons) == 0 }

// Problem is one thing that isn't well.
type Problem struct {
	// Code is what it is, one of the Code constants or another word of the program's own.
	Code string `json:"code"`
	// Scope is UID2 or EUID if it is about the operator of one.
	Scope string `json:"scope,omitempty"`
	// Text is for people, and may change.
	Text string `json:"text"`
}

// The codes of problems. They stay as they are; there may be more.
const (
	// CodeKeysMissing: no keys have come yet from the operator, nor from a cache file.
	CodeKeysMissing = "keys_missing"
	// CodeKeysExpired: all keys have expired.
	CodeKeysExpired = "keys_expired"
	// CodeKeysNotRefreshed: the last refresh failed; the keys that are there are still good.
	CodeKeysNotRefreshed = "keys_not_refreshed"
	// CodeOptOutsUnread: the opt-outs are being read.
	CodeOptOutsUnread = "opt_outs_unread"
	// CodeOptOutsUnreadable: they can't be read, which needs somebody's help.
	CodeOptOutsUnreadable = "opt_outs_unreadable"
	// CodeOptOutsUnknown: nothing says who has opted out.
	CodeOptOutsUnknown = "opt_outs_unknown"
	// CodeOptOutsUnfed: nothing brings opt-outs into the store: no receiver, no poller, no fleet.
	CodeOptOutsUnfed = "opt_outs_unfed"
	// CodeStoreLocked: another process has the store of opt-outs open.
	CodeStoreLocked = "store_locked"
	// CodeStoreReplaced: the store's file was removed or replaced, and nothing can be added.
	CodeStoreReplaced = "store_replaced"
	// CodeStoreDamaged: the store is damaged, though all users in it are known.
	CodeStoreDamaged = "store_damaged"
	// CodeStoreFails: the last opt-out couldn't be added, a moment ago.
	CodeStoreFails = "store_fails"
	// CodeStreamAway: the fleet's stream can't be reached.
	CodeStreamAway = "stream_away"
	// CodeOperatorNotAsked: the operator wasn't asked lately who has opted out.
	CodeOperatorNotAsked = "operator_not_asked"
	// CodeNotReloaded: a file that is read again, such as one with an API key, can't be read or has
	// what the operator refuses; what it had before is in use.
	CodeNotReloaded = "not_reloaded"
)

// problem is a Problem as it is found.
type problem struct {
	code, scope string
	withholds   bool // there are no raw UIDs because of it
	refuses     bool // a receiver can't add opt-outs because of it
	what        string
	cause       error // may be nil
}

// text is what is wrong, and why.
func (p problem) text() string {
	if p.cause == nil {
		return p.what
	}
	return p.what + ": " + p.cause.Error()
}

// err is the problem as an error.
func (p problem) err() error {
	switch {
	case p.withholds && p.cause == nil:
		return fmt.Errorf("%w: %s", ErrNotReady, p.what)
	case p.withholds:
		return fmt.Errorf("%w: %s: %w", ErrNotReady, p.what, p.cause)
	}
	if p.cause == nil {
		return errors.New("bidder: " + p.what)
	}
	return fmt.Errorf("bidder: %s: %w", p.what, p.cause)
}

// reportOf sorts problems by whether they are a reason not to be ready.
func reportOf(all []problem, isReason func(problem) bool) (r HealthReport) {
	for _, p := range all {
		public := Problem{Code: p.code, Scope: p.scope, Text: p.text()}
		if isReason(p) {
			r.Reasons = append(r.Reasons, public)
		} else {
			r.Warnings = append(r.Warnings, public)
		}
	}
	return r
}

// Warn returns the report with another warning.
func (r HealthReport) Warn(p Problem) HealthReport {
	r.Warnings = append(slices.Clip(r.Warnings), p)
	return r
}
