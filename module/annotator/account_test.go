package annotator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

// What an account's section makes of the host's list, with and without accounts_may_widen.
func TestAccounts(t *testing.T) {
	server := startServer(t)
	const host = `,"bidders":[{"name":"plain"},{"name":"rep","mode":"replace"},{"name":"ours","alias_of":"appnexus","mode":"replace"}]`
	narrowing := newAnnotator(t, server, host)
	widening := newAnnotator(t, server, host+`,"accounts_may_widen":true`)
	const nobody, annotated, replaced = "", "annotated", "replaced"
	got := func(a *annotator.Annotator, bidder, section string) (string, error) {
		req := requestWith(aliceToken(server))
		if bidder == "ours" {
			req.Ext = json.RawMessage(`{"prebid":{"aliases":{"ours":"appnexus"}}}`)
		}
		_, applied, err := decide(t, a, bidder, req, section)
		return map[annotator.Applied]string{
			{Changed: true, Annotated: 1, Raw: 1}: annotated,
			{Changed: true, Raw: 1}:               replaced,
			{}:                                    nobody,
		}[applied], err
	}
	for _, c := range []struct {
		section, bidder string
		narrow, wide    string
	}{
		{``, "plain", annotated, annotated},
		{``, "rep", replaced, replaced},
		{``, "ours", replaced, replaced},
		{``, "new", nobody, nobody},
		{` `, "rep", replaced, replaced},
		{`{}`, "rep", replaced, replaced},
		{`{"enabled":true}`, "rep", replaced, replaced},
		{`{"enabled":""}`, "rep", replaced, replaced},
		{`{"enabled":false}`, "rep", nobody, nobody},
		{`{"enabled":false,"bidders":[{"name":"rep"}]}`, "rep", nobody, nobody},
		{`{"bidders":null}`, "rep", replaced, replaced},
		{`{"bidders":[]}`, "rep", nobody, nobody},
		{`{"bidders":[{"name":"rep"}]}`, "rep", replaced, replaced},
		{`{"bidders":[{"name":"REP"}]}`, "rep", replaced, replaced},
		{`{"bidders":[{"name":"rep"}]}`, "plain", nobody, nobody},
		{`{"bidders":[{"name":"plain"},{"name":"rep"}]}`, "rep", replaced, replaced},
		{`{"bidders":[{"name":"rep","mode":"annotate"}]}`, "rep", annotated, annotated},
		{`{"bidders":[{"name":"plain","mode":"replace"}]}`, "plain", replaced, replaced},
		{`{"bidders":[{"name":"ours"}]}`, "ours", nobody, nobody},
		{`{"bidders":[{"name":"ours","alias_of":"AppNexus"}]}`, "ours", replaced, replaced},
		{`{"bidders":[{"name":"new"}]}`, "new", nobody, annotated},
		{`{"bidders":[{"name":"New","mode":"replace"}]}`, "new", nobody, replaced},
		{`{"bidders":[{"name":"new"}]}`, "plain", nobody, nobody},
		{`{"bidders":[{"name":"new"},{"name":"rep"}]}`, "rep", replaced, replaced},
	} {
		for range 2 { // as read, and as remembered
			narrow, err := got(narrowing, c.bidder, c.section)
			wide, wideErr := got(widening, c.bidder, c.section)
			if err != nil || wideErr != nil || narrow != c.narrow || wide != c.wide {
				t.Errorf("%s: %s is %q and %q, want %q and %q; %v, %v", c.section, c.bidder, narrow, wide, c.narrow, c.wide, err, wideErr)
			}
		}
	}
	for section, setting := range map[string]string{
		`{"enabled":"perhaps"}`:                               "enabled",
		`{"bidders":[{"name":"rep"},{"name":""}]}`:            "bidders[1].name",
		`{"bidders":[{"name":"rep","mode":"x"}]}`:             "bidders[0].mode",
		`{"bidders":[{"name":"rep"},{"name":"Rep"}]}`:         "bidders[1]",
		`{"bidders":[{"name":"x","allow_caller_host":true}]}`: "bidders[0].allow_caller_host",
		`{"bidders":[{"name":"rep","allow_caller_host":1}]}`:  "bidders[0].allow_caller_host",
		`{} {}`: "the section",
	} {
		for _, a := range []*annotator.Annotator{narrowing, widening} {
			for range 2 {
				what, err := got(a, "rep", section)
				mustName(t, err, setting)
				if what != nobody {
					t.Errorf("%s: %s", section, what)
				}
			}
		}
	}
	if _, err := got(widening, "new", `{"bidders":[{"name":"kayzen"},{"name":"new"}]}`); err == nil || !strings.Contains(err.Error(), "bidders[0]") {
		t.Errorf("%v", err)
	}
}

// Sections are read once each: an auction then pays nothing for its account, whichever of several it is.
func TestAccountsAreRemembered(t *testing.T) {
	server := startServer(t)
	a := newAnnotator(t, server, "")
	sections := []json.RawMessage{[]byte(`{"bidders":[{"name":"dsp"}]}`), []byte(`{"bidders":[]}`), []byte(`{"enabled":"x"}`)}
	req, now := new(openrtb2.BidRequest), time.Now()
	allocs := testing.AllocsPerRun(100, func() {
		for _, section := range sections {
			a.ForBidder(context.Background(), nil, "other", req, section, now)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// Accounts that have changed more often than sections are remembered pay nothing in the end, either: those from before
// are forgotten.
func TestAccountsAreForgotten(t *testing.T) {
	server := startServer(t)
	a := newAnnotator(t, server, "")
	req, now := new(openrtb2.BidRequest), time.Now()
	for n := range 5000 {
		a.ForBidder(context.Background(), nil, "other", req, fmt.Appendf(nil, `{"bidders":[{"name":"dsp%d"}]}`, n), now)
	}
	section := json.RawMessage(`{"bidders":[{"name":"dsp"}]}`)
	read := func() { a.ForBidder(context.Background(), nil, "other", req, section, now) }
	for range 70_000 {
		read()
	}
	if allocs := testing.AllocsPerRun(100, read); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
