package annotator

import (
	"net/http"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
)

// HealthHandler serves /healthz and /readyz, see [bidder.HealthHandler]. It is about raw UIDs alone: auctions are served
// without them.
func (a *Annotator) HealthHandler() http.Handler { return bidder.HealthHandler(a.HealthReport) }

// HealthReport says whether there are raw UIDs, and what isn't well; see [bidder.Bidder.HealthReport].
func (a *Annotator) HealthReport(now time.Time) bidder.HealthReport {
	report := a.bidder.HealthReport(now)
	if !a.nobodyKnows {
		return report
	}
	return report.Warn(bidder.Problem{
		Code: bidder.CodeOptOutsUnknown,
		Text: "no store says who has opted out, so all raw UIDs are withheld: set opt_outs.store, or opt_outs.when_unknown",
	})
}
