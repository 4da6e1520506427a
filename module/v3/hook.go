package module

import (
	"context"

	"github.com/prebid/prebid-server/v3/hooks/hookstage"
	"github.com/prebid/prebid-server/v3/logger"
)

// recovered turns a panic of a hook into a result that changes nothing. Prebid Server recovers hooks too, but makes the
// auction wait for the whole timeout of the group then, and prints the panic's value, which could hold part of a
// request. Nothing of the value is kept here.
func recovered[T any](m *Module, result *hookstage.HookResult[T]) {
	if recover() != nil {
		m.CountPanic()
		logger.Errorf("%s: a hook panicked; this request goes on without it", Code)
		*result = hookstage.HookResult[T]{ModuleContext: newContext()}
	}
}

// tooLate reports whether Prebid Server has given up on a hook. It goes on with the auction then, and what the hook would
// still read it may already be changing.
func tooLate(ctx context.Context) bool { return ctx.Err() != nil }
