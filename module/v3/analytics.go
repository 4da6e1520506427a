package module

import (
	"github.com/prebid/prebid-server/v3/hooks/hookanalytics"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

// Names of the activities in analytics tags. The tags also reach callers who ask for a trace: they hold statuses and
// counts, nothing else.
const (
	activityResolve  = "uid2-resolve"
	activityAnnotate = "uid2-annotate"
	activityRedact   = "uid2-redact"
)

func tags(activity string, result hookanalytics.Result) hookanalytics.Analytics {
	return hookanalytics.Analytics{Activities: []hookanalytics.Activity{{
		Name:    activity,
		Status:  hookanalytics.ActivityStatusSuccess,
		Results: []hookanalytics.Result{result},
	}}}
}

// resolvedTags says how many distinct tokens had which status, or which gate was closed. Auctions with one token, which most are,
// share the tags of each status: whoever gets tags only reads them.
func (m *Module) resolvedTags(auction *annotator.Auction) hookanalytics.Analytics {
	status, only := auction.OnlyStatus()
	if !only {
		return resolvedTags(auction)
	}
	if known, ok := m.onlyStatus.Load(status); ok {
		return known.(hookanalytics.Analytics)
	}
	known, _ := m.onlyStatus.LoadOrStore(status, resolvedTags(auction))
	return known.(hookanalytics.Analytics)
}

func resolvedTags(auction *annotator.Auction) hookanalytics.Analytics {
	to := hookanalytics.AppliedTo{Request: true}
	if reason, closed := auction.Closed(); closed {
		return tags(activityResolve, hookanalytics.Result{
			Status:    hookanalytics.ResultStatusBlock,
			Values:    map[string]interface{}{"withheld": reason.String()},
			AppliedTo: to,
		})
	}
	statuses := auction.Statuses()
	if len(statuses) == 0 {
		return hookanalytics.Analytics{}
	}
	return tags(activityResolve, hookanalytics.Result{
		Status:    hookanalytics.ResultStatusAllow,
		Values:    map[string]interface{}{"statuses": statuses},
		AppliedTo: to,
	})
}

// appliedTag says what one listed bidder got. It is in the hook's result before that is known; the mutation fills it in, which
// Prebid Server runs before anybody reads the tags.
type appliedTag struct {
	activity [1]hookanalytics.Activity
	result   [1]hookanalytics.Result
}

func newAppliedTag(bidder string) *appliedTag {
	t := new(appliedTag)
	t.result[0] = hookanalytics.Result{Status: hookanalytics.ResultStatusAllow, AppliedTo: hookanalytics.AppliedTo{Bidder: bidder}}
	t.activity[0] = hookanalytics.Activity{Name: activityAnnotate, Status: hookanalytics.ActivityStatusSuccess, Results: t.result[:]}
	return t
}

// tags may be called on nil: a bidder that isn't listed has none.
func (t *appliedTag) tags() hookanalytics.Analytics {
	if t == nil {
		return hookanalytics.Analytics{}
	}
	return hookanalytics.Analytics{Activities: t.activity[:]}
}

// fill may be called on nil.
func (t *appliedTag) fill(decision *annotator.Decision, applied annotator.Applied) {
	if t == nil || !applied.Changed {
		return
	}
	t.result[0].Status, t.result[0].Values = hookanalytics.ResultStatusModify, appliedValues(applied, decision.Withheld())
}

// oneRaw is what most listed bidders got. They share its values, which are only read.
var (
	oneRaw       = annotator.Applied{Changed: true, Annotated: 1, Raw: 1}
	oneRawValues = newAppliedValues(oneRaw)
)

func appliedValues(applied annotator.Applied, withheld string) map[string]interface{} {
	if applied == oneRaw && withheld == "" {
		return oneRawValues
	}
	values := newAppliedValues(applied)
	if withheld != "" {
		values["withheld"] = withheld
	}
	return values
}

func newAppliedValues(applied annotator.Applied) map[string]interface{} {
	return map[string]interface{}{"annotated": applied.Annotated, "raw": applied.Raw, "removed": applied.Removed}
}

// searchedTags says that a response is searched for raw UIDs. What is found is not known yet; the metrics count it. All auctions
// share it.
var searchedTags = tags(activityRedact, hookanalytics.Result{
	Status:    hookanalytics.ResultStatusAllow,
	AppliedTo: hookanalytics.AppliedTo{Response: true},
})
