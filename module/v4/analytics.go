// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module

import (
	"github.com/prebid/prebid-server/v4/hooks/hookanalytics"

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

// resolvedTags says how many distinct tokens had which status, or which gate was closed.
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

// appliedTags says what one listed bidder got.
func appliedTags(bidder string, decision annotator.Decision, applied annotator.Applied) hookanalytics.Analytics {
	if !decision.Listed() || !applied.Changed {
		return hookanalytics.Analytics{}
	}
	values := map[string]interface{}{
		"annotated": applied.Annotated,
		"raw":       applied.Raw,
		"removed":   applied.Removed,
	}
	if reason := decision.Withheld(); reason != "" {
		values["withheld"] = reason
	}
	return tags(activityAnnotate, hookanalytics.Result{
		Status:    hookanalytics.ResultStatusModify,
		Values:    values,
		AppliedTo: hookanalytics.AppliedTo{Bidder: bidder},
	})
}

// searchedTags says that a response is searched for raw UIDs. What is found is not known yet; the metrics count it.
func searchedTags() hookanalytics.Analytics {
	return tags(activityRedact, hookanalytics.Result{
		Status:    hookanalytics.ResultStatusAllow,
		AppliedTo: hookanalytics.AppliedTo{Response: true},
	})
}
