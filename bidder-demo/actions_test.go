package main

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/inspect/page"
	"github.com/uid2rtb/uid2rtb/module/redact"
)

// do does something, and returns the auction that shows it, if there is one.
func do(t *testing.T, w *world, a auctions, name, args string) (page.ActionResult, page.AuctionDetail) {
	t.Helper()
	result, err := newActions(w).Do(t.Context(), name, json.RawMessage(args))
	if err != nil || result.Message == "" {
		t.Fatalf("%s: %v: %+v", name, err, result)
	}
	if result.Auction == 0 {
		return result, page.AuctionDetail{}
	}
	return result, detail(t, a, result.Auction, false)
}

func TestOptOutAction(t *testing.T) {
	w, a := startWorld(t)
	name := "alice@example.com"
	state := w.reporter(newActions(w))
	i := slices.IndexFunc(w.users, func(u user) bool { return u.name == name })
	played, err := a.Play(t.Context(), page.PlayRequest{Sample: w.users[i].sample})
	if err != nil {
		t.Fatal(err)
	}
	if before := detail(t, a, played.First, false); len(before.RawTo) == 0 {
		t.Errorf("before: %+v", before.Auction)
	}
	knew := state.State().OptOuts.Users
	_, after := do(t, w, a, "opt_out", `{"user": "alice@example.com"}`)
	if !slices.Contains(after.Statuses, "UserOptedOut") || len(after.RawTo) != 0 || after.Bids[1].Outcome != "no bid" {
		t.Errorf("after: %+v", after.Auction)
	}
	report := state.State()
	if !report.Users[i].OptedOut || report.OptOuts.Users != knew+1 || report.OptOuts.LagMs <= 0 || report.OptOuts.LastBatchMs == 0 {
		t.Errorf("%+v %+v", report.Users[i], report.OptOuts)
	}
	again, _ := do(t, w, a, "opt_out", `{"user": "alice@example.com"}`)
	if !strings.Contains(again.Message, "before") {
		t.Error(again.Message)
	}
}

func TestOutageActions(t *testing.T) {
	w, a := startWorld(t)
	offered := newActions(w)
	on := func(name string) bool {
		return slices.ContainsFunc(offered.infos(), func(i page.ActionInfo) bool { return i.Name == name && i.On })
	}
	do(t, w, a, "operator_down", "")
	if !on("operator_down") || on("operator_up") {
		t.Error("the operator isn't down")
	}
	state := w.reporter(offered)
	eventually(t, "a refresh fails", func() bool { return state.State().Keysets[0].LastError != "" })
	played, err := a.Play(t.Context(), page.PlayRequest{Sample: tokenSample})
	if err != nil {
		t.Fatal(err)
	}
	if line := detail(t, a, played.First, false); len(line.RawTo) != 2 {
		t.Errorf("during the outage: %+v", line.Auction)
	}
	do(t, w, a, "operator_up", "{}")
	if on("operator_down") || !on("operator_up") {
		t.Error("the operator isn't up")
	}
	eventually(t, "a refresh succeeds", func() bool { return state.State().Keysets[0].LastError == "" })
}

func TestTokenActions(t *testing.T) {
	w, a := startWorld(t)
	for name, status := range map[string]string{
		"token_of_another_site": "DomainOrAppNameCheckFailed",
		"damage_a_byte":         "InvalidPayload",
		"expired_token":         "ExpiredToken",
	} {
		result, d := do(t, w, a, name, "null")
		if !slices.Equal(d.Statuses, []string{status}) || len(d.RawTo) != 0 {
			t.Errorf("%s: %v, raw UIDs to %v", name, d.Statuses, d.RawTo)
		}
		if result.Text == "" || !strings.Contains(d.Incoming, result.Text) {
			t.Errorf("%s: the token isn't that of the auction", name)
		}
	}
	result, d := do(t, w, a, "coppa", "")
	if d.Withheld != "coppa" || len(d.RawTo) != 0 || !strings.Contains(result.Text, `"coppa"`) {
		t.Errorf("coppa: %+v", d.Auction)
	}
}

// TestSentBack: a raw UID that a bidder sends back doesn't reach the caller, which the response
// before and after shows.
func TestSentBack(t *testing.T) {
	w, a := startWorld(t)
	_, d := do(t, w, a, "raw_uid_sent_back", "")
	r := d.Response
	if r.Redacted == 0 || len(r.Difference) == 0 || !strings.Contains(r.Before, inspect.Masked) || !strings.Contains(r.After, redact.Replacement) {
		t.Errorf("%+v", r)
	}
	revealed := detail(t, a, d.Number, true).Response
	if !strings.Contains(revealed.Before, w.bidder.sentBack) || strings.Contains(revealed.After+revealed.Sent, w.bidder.sentBack) {
		t.Errorf("before: %s\nafter: %s", revealed.Before, revealed.After)
	}
	played, err := a.Play(t.Context(), page.PlayRequest{Sample: tokenSample})
	if err != nil {
		t.Fatal(err)
	}
	if other := detail(t, a, played.First, false); other.Response.Redacted != 0 || other.Bids[0].Outcome != "bid" {
		t.Errorf("another user's: %+v", other.Auction)
	}
}

func TestActionsRefuse(t *testing.T) {
	w, _ := startWorld(t)
	for name, args := range map[string]string{"opt_out": `{"user": "nobody@example.com"}`, "coppa": `[]`} {
		if _, err := newActions(w).Do(t.Context(), name, json.RawMessage(args)); err == nil {
			t.Errorf("%s is done with %s", name, args)
		}
	}
	if _, err := newActions(w).Do(t.Context(), "opt_out", nil); !errors.Is(err, errNoUser) {
		t.Error(err)
	}
	if _, err := newActions(w).Do(t.Context(), "launch", nil); !errors.Is(err, page.ErrNoAction) {
		t.Error(err)
	}
}

func TestState(t *testing.T) {
	w, _ := startWorld(t)
	report := w.reporter(newActions(w)).State()
	if len(report.Keysets) != 2 || len(report.Actions) < 7 || report.OptOuts.Webhook == "" || !report.OptOuts.Ready {
		t.Errorf("%+v", report)
	}
	for _, k := range report.Keysets {
		if !k.Ready || k.Keys == 0 || len(k.IDs) != k.Keys || k.FetchedMs == 0 || k.NextRefreshMs <= k.FetchedMs || k.ExpiresMs == 0 || !strings.HasPrefix(k.Operator, "http://127.0.0.1:") {
			t.Errorf("%+v", k)
		}
	}
	if report.Versions["Go"] == "" {
		t.Error(report.Versions)
	}
}

// TestWrongArguments: what isn't an action's arguments is refused in words, without quoting it.
func TestWrongArguments(t *testing.T) {
	w, _ := startWorld(t)
	for _, args := range []string{`[]`, `7`, `{"user":{}}`, `{"user":123456}`} {
		_, err := newActions(w).Do(t.Context(), "opt_out", json.RawMessage(args))
		if err == nil || strings.Contains(err.Error(), "Go ") || strings.Contains(err.Error(), "number") {
			t.Errorf("%s: %v", args, err)
		}
	}
}
