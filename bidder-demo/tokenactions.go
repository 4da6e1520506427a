package main

import (
	"context"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/inspect/page"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// Another publisher, whose client-side tokens are for its own site alone.
const (
	otherSite       uint32 = 7100
	otherSiteDomain        = "another-publisher.example"
)

// Of the auctions that show what is wrong with a token, and the one that COPPA withholds.
const (
	tokenSample = "site-banner-uid2-v4"
	coppaSample = "site-banner-coppa"
	trialEmail  = "trial@example.com"

	sentBackEmail = "sent-back@example.com" // of a user whose raw UID the bidder sends back
)

// tokenActions play auctions with tokens that may not be used.
func tokenActions(w *world) []action {
	return []action{
		w.tokenAction("token_of_another_site", "Send a token of another site",
			"A token that a browser got on "+otherSiteDomain+" comes in a request of example.com: it may be used on its own site only.",
			func() string {
				return w.trialToken(uid2test.TokenSpec{SiteID: otherSite, PrivacyBits: uid2test.ClientSide})
			}),
		w.tokenAction("damage_a_byte", "Damage a byte",
			"One character in the middle of a token is another one: what is encrypted there can't be opened any more.",
			func() string { return damaged(w.trialToken(uid2test.TokenSpec{})) }),
		w.tokenAction("expired_token", "Send an expired token",
			"The token expired an hour ago.",
			func() string {
				return w.trialToken(uid2test.TokenSpec{ExpiresMs: time.Now().Add(-time.Hour).UnixMilli()})
			}),
		{
			ActionInfo: page.ActionInfo{Name: "coppa", Title: "Send a child's request",
				Description: "The request says regs.coppa: 1. No bidder gets a raw UID, and the token isn't even decrypted."},
			do: w.playCOPPA,
		},
		{
			ActionInfo: page.ActionInfo{Name: "raw_uid_sent_back", Title: "Have a bidder send the raw UID back",
				Description: "The bidder makes the raw UID its bid's id, and forgets the creative's. Prebid Server quotes the id in an error to the caller, and the module takes it out."},
			do: w.playSentBack,
		},
	}
}

// trialToken makes a token for a user of whom no sample is.
func (w *world) trialToken(spec uid2test.TokenSpec) string {
	spec.Email = trialEmail
	return w.operators["uid2"].Token(spec)
}

// damaged changes one character of a token, to another of base64.
func damaged(token string) string {
	middle := len(token) / 2
	other := "A"
	if token[middle] == 'A' {
		other = "B"
	}
	return token[:middle] + other + token[middle+1:]
}

// tokenAction plays a sample with a token of its own.
func (w *world) tokenAction(name, title, description string, makeToken func() string) action {
	return action{
		ActionInfo: page.ActionInfo{Name: name, Title: title, Description: description + " The auction shows the status, and the inspector why."},
		do: func(ctx context.Context, _ string) (page.ActionResult, error) {
			token := makeToken()
			number, _, err := w.show(ctx, tokenSample, title, map[string]string{"reader": token})
			return page.ActionResult{
				Message: fmt.Sprintf("%s Auction %d shows what bidders got. Inspect the token to see which check it fails.", description, number),
				Auction: number, Text: token,
			}, err
		},
	}
}

func (w *world) playSentBack(ctx context.Context, _ string) (page.ActionResult, error) {
	token := w.operators["uid2"].Token(uid2test.TokenSpec{Email: sentBackEmail})
	number, _, err := w.show(ctx, tokenSample, "A bidder sends the raw UID back", map[string]string{"reader": token})
	return page.ActionResult{
		Message: fmt.Sprintf("Auction %d shows the response before and after redaction: the caller got no raw UID.", number), Auction: number,
	}, err
}

func (w *world) playCOPPA(ctx context.Context, _ string) (page.ActionResult, error) {
	number, body, err := w.show(ctx, coppaSample, coppaSample, nil)
	return page.ActionResult{
		Message: fmt.Sprintf("Auction %d is a child's: the gate coppa is closed, and no bidder got a raw UID. Inspect the request to see which signal closes it.", number),
		Auction: number, Text: string(body),
	}, err
}
