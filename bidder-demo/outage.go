package main

import (
	"context"
	"fmt"

	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// outageActions take the UID2 operator down, and bring it back.
func outageActions(w *world) []action {
	local := w.operators["uid2"]
	return []action{{
		ActionInfo: page.ActionInfo{
			Name: "operator_down", Title: "Take the operator down",
			Description: "Nothing listens at the UID2 operator's address any more. Auctions go on with the keys that the module holds; State shows the failed refresh.",
		},
		on: func() bool { return !local.Listens() },
		do: func(context.Context, string) (page.ActionResult, error) {
			local.Stop()
			return page.ActionResult{Message: fmt.Sprintf(
				"The UID2 operator at %s refuses connections. State shows the failed refresh of the keys within %v; play an auction: the keys held go on working.",
				local.URL, refreshWhileServing)}, nil
		},
	}, {
		ActionInfo: page.ActionInfo{
			Name: "operator_up", Title: "Bring the operator back",
			Description: "The UID2 operator listens again. State shows that the keys are refreshed.",
		},
		on: local.Listens,
		do: func(context.Context, string) (page.ActionResult, error) {
			if err := local.Restart(); err != nil {
				return page.ActionResult{}, err
			}
			return page.ActionResult{Message: fmt.Sprintf("The UID2 operator answers at %s again. State shows the next refresh of the keys, which may take some seconds.", local.URL)}, nil
		},
	}}
}
