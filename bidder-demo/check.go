package main

import (
	"bytes"
	"fmt"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/internal/plural"
)

// problem records something unexpected.
func (r *result) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// check compares the result with what the sample expects; the user's own requests may expect
// nothing. In any case, raw UIDs must not be where they don't belong.
func (w *world) check(r *result, req request, body, toUnlisted []byte) {
	for i, got := range r.Bidders {
		if want, ok := req.sample.Expect[got.Bidder]; ok {
			r.compare(got, want, req.tokens)
		} else if len(req.sample.Expect) > 0 && r.Bidders[i].Outcome != outcomeNotCalled {
			r.problem("%s was called unexpectedly", got.Bidder)
		}
	}
	w.checkConfinement(r, body, toUnlisted)
}

// compare compares the result of one bidder.
func (r *result) compare(got received, want fixtures.Expect, tokens map[string]token) {
	annotated := got.annotated()
	if want.Either && len(annotated) == 0 && got.Outcome == outcomeBidUnknown {
		return
	}
	if got.Outcome != want.Outcome {
		r.problem("%s: %s, expected %s", got.Bidder, got.Outcome, want.Outcome)
	}
	if len(annotated) != len(want.UIDs) {
		r.problem("%s: %s, expected %d", got.Bidder, plural.Count(len(annotated), "annotated uid"), len(want.UIDs))
		return
	}
	for i, u := range annotated {
		if difference := differs(u, want.UIDs[i], tokens[want.UIDs[i].Token]); difference != "" {
			r.problem("%s: uid %d: %s", got.Bidder, i+1, difference)
		}
	}
}

// annotated returns the uids with an annotation.
func (r received) annotated() (uids []uid) {
	for _, u := range r.UIDs {
		if u.Status != "" {
			uids = append(uids, u)
		}
	}
	return uids
}

// differs returns what is wrong with a uid, without its raw UID.
func differs(got uid, want fixtures.ExpectUID, made token) string {
	switch {
	case got.token != made.text:
		return "a token other than " + want.Token
	case got.Status != want.Status || got.Reason != want.Reason:
		return fmt.Sprintf("%s %s, expected %s %s", got.Status, got.Reason, want.Status, want.Reason)
	case got.HasRaw != want.Raw:
		return fmt.Sprintf("raw UID: %t, expected %t", got.HasRaw, want.Raw)
	case got.HasRaw && got.raw != made.raw:
		return "the raw UID of another user"
	}
	return ""
}

// checkConfinement looks for raw UIDs in the answer, and in the request to the bidder that isn't
// listed.
func (w *world) checkConfinement(r *result, body, toUnlisted []byte) {
	for raw := range w.bidder.audience {
		if bytes.Contains(body, []byte(raw)) {
			r.problem("a raw UID in the answer")
		}
		if bytes.Contains(toUnlisted, []byte(raw)) {
			r.problem("a raw UID in the request of %s", unlisted)
		}
	}
}
