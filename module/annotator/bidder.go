package annotator

import (
	"context"
	"encoding/json"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

const (
	statusWithheld = "Withheld"
	// reasonDebug: Prebid Server would echo this bidder's request to the caller.
	reasonDebug = "debug"
	// reasonUnseen: the uid wasn't before the module at the processed stage. The host's activity controls
	// hid it there, or may have, or another module added it later.
	reasonUnseen = "unseen"
)

// Decision is what one bidder gets. It is made in the hook and applied in the mutation, which may see another copy of
// the request than the hook saw: so it names tokens, and carries no part of a request.
type Decision struct {
	mode     bidder.Mode
	listed   bool
	withheld string // reason, for all tokens; "" if none
	auction  *Auction
	own      []token // tokens that only this bidder's request has
}

// ForBidder decides for one bidder. name is the bidder as the caller wrote it, req that bidder's own request, section
// the account's configuration of the module, now the time for tokens that auction doesn't know. auction may be nil if
// the processed stage did not run. It reads req and changes nothing.
//
// The error is about the account's configuration; the decision that comes with it gives nothing to anybody.
func (a *Annotator) ForBidder(ctx context.Context, auction *Auction, name string, req *openrtb2.BidRequest, section json.RawMessage, now time.Time) (Decision, error) {
	rule := a.accounts.rule(section)
	if !rule.bidders.mayList(name) || !concerns(req) {
		return Decision{}, rule.err
	}
	makeRoom(len(req.Imp))
	ext := readRequestExt(req.Ext, name)
	mode, listed := rule.bidders.lookup(name, ext.adapter)
	if !listed || ext.unreadable {
		return Decision{}, rule.err
	}
	if auction == nil {
		auction = a.resolveAlone(ctx, req, now)
	}
	decision := Decision{mode: mode, listed: true, auction: auction}
	decision.withheld = a.withholdAll(auction, req, ext)
	if decision.withheld == "" {
		a.resolveOwn(ctx, &decision, req.User)
	}
	return decision, nil
}

// concerns reports whether a listed bidder's request may have something to annotate, or its user wasn't shown.
func concerns(req *openrtb2.BidRequest) bool {
	return openrtb.MayHaveTokens(req.User) || !Shown(req)
}

// resolveAlone stands in for the processed stage.
func (a *Annotator) resolveAlone(ctx context.Context, req *openrtb2.BidRequest, now time.Time) *Auction {
	if !a.bidderStageAlone {
		return new(Auction)
	}
	return a.Resolve(ctx, req, now)
}

// withholdAll returns the reason why this bidder gets no raw UID at all, or "". The privacy gates are asked again with
// the bidder's own request, which first-party data of one bidder may have changed.
func (a *Annotator) withholdAll(auction *Auction, req *openrtb2.BidRequest, ext requestExt) string {
	if auction.closed {
		return auction.reason.String()
	}
	if reason, closed := a.privacy.Closed(req); closed {
		return reason.String()
	}
	if (req.Test != 0 || ext.debug) && !a.rawInDebugOf(auction) {
		return reasonDebug
	}
	return ""
}

// resolveOwn decrypts the tokens that only this bidder's request has: first-party data of one bidder
// (ext.prebid.bidderconfig) arrives after the processed stage.
func (a *Annotator) resolveOwn(ctx context.Context, decision *Decision, user *openrtb2.User) {
	auction := decision.auction
	if !auction.shown {
		return
	}
	var name string
	// The error is met again, and answered, in Apply.
	_ = openrtb.EachUID(user, func(source openrtb.Source, id string) bool {
		if decision.find(source, id) < 0 && !decision.isOwnWork(id) {
			if len(decision.own) == 0 {
				name = auction.place.Name()
			}
			decision.own = append(decision.own, a.decrypt(source, id, name, auction.nowMs))
		}
		return ctx.Err() == nil
	})
}

// find returns the number of a token among those of the auction and then the bidder's own, or -1.
func (d *Decision) find(source openrtb.Source, id string) int {
	if i := find(d.auction.tokens, source, id); i >= 0 {
		return i
	}
	if i := find(d.own, source, id); i >= 0 {
		return len(d.auction.tokens) + i
	}
	return -1
}

// token returns the token with a number of find, or nil.
func (d *Decision) token(i int) *token {
	shared := len(d.auction.tokens)
	switch {
	case i < 0:
		return nil
	case i < shared:
		return &d.auction.tokens[i]
	}
	return &d.own[i-shared]
}

// isOwnWork reports whether an id is a raw UID that took a token's place: a host that plans the module twice runs the
// bidder stage over its own work.
func (d *Decision) isOwnWork(id string) bool {
	return d.mode == bidder.Replace && d.auction.written.has(d.auction.tokens, id)
}

// Applied says what [Decision.Apply] did.
type Applied struct {
	// Changed reports whether the user returned is another one than the user given.
	Changed bool
	// Annotated counts the uids that got an annotation, Raw those of them (or replaced ones) that got a raw UID,
	// Removed the uids that were taken out.
	Annotated, Raw, Removed int
	// Unreadable tells that the eids could not be read safely and were removed.
	Unreadable bool
}

// Apply writes the decision into a user object and returns the new one; the given one stays as it was. A forged
// annotation is removed whether or not the bidder is listed. Eids that can't be read safely are removed altogether.
// It does not decrypt. What it wrote counts as gone out, and will be redacted. user may be nil.
func (d *Decision) Apply(user *openrtb2.User) (*openrtb2.User, Applied) {
	annotated, applied, wrote := d.apply(user)
	if applied.Raw > 0 {
		d.auction.written.remember(wrote, d.own)
	}
	return annotated, applied
}

// Plan returns what [Decision.Apply] would do.
func (d *Decision) Plan(user *openrtb2.User) Applied {
	_, applied, _ := d.apply(user)
	return applied
}

// WouldChange reports whether [Decision.Apply] changes a user, without doing it: for a listed bidder it is enough that there may
// be a token.
func (d *Decision) WouldChange(user *openrtb2.User) bool {
	return d.listed && openrtb.MayHaveTokens(user) || openrtb.MayHaveForgeries(user) && d.Plan(user).Changed
}

func (d *Decision) apply(user *openrtb2.User) (annotated *openrtb2.User, applied Applied, wrote writing) {
	if !(d.listed && openrtb.MayHaveTokens(user) || openrtb.MayHaveForgeries(user)) {
		return user, Applied{}, writing{}
	}
	annotated, changed, err := openrtb.AnnotateUser(user, func(source openrtb.Source, id string) openrtb.Edit {
		if !d.listed {
			return openrtb.Edit{}
		}
		i := d.find(source, id)
		edit := d.edit(d.token(i), id)
		if applied.count(&edit) {
			wrote.add(i, len(d.auction.tokens))
		}
		return edit
	})
	if err != nil {
		return withoutEIDs(user), Applied{Changed: true, Unreadable: true}, writing{}
	}
	applied.Changed = changed
	return annotated, applied, wrote
}

// count reports whether the edit writes a raw UID.
func (applied *Applied) count(edit *openrtb.Edit) (raw bool) {
	switch edit.Action {
	case openrtb.Annotate:
		applied.Annotated++
		raw = edit.Annotation.Raw != ""
	case openrtb.Replace:
		raw = true
	case openrtb.Remove:
		applied.Removed++
	}
	if raw {
		applied.Raw++
	}
	return raw
}

// edit decides one uid with its token, which is nil if it has none.
func (d *Decision) edit(t *token, id string) openrtb.Edit {
	if d.isOwnWork(id) {
		return openrtb.Edit{}
	}
	var annotation openrtb.Annotation
	switch {
	case d.withheld != "":
		annotation = openrtb.Annotation{Status: statusWithheld, Reason: d.withheld}
	case t == nil:
		annotation = openrtb.Annotation{Status: statusWithheld, Reason: reasonUnseen}
	default:
		annotation = t.annotation
	}
	return d.mode.Edit(annotation)
}

// Listed reports whether the bidder may get annotations at all.
func (d *Decision) Listed() bool { return d.listed }

// Withheld is the reason why this bidder gets no raw UID from any token, or "".
func (d *Decision) Withheld() string { return d.withheld }
