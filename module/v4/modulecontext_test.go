package module_test

import "github.com/prebid/prebid-server/v4/hooks/hookstage"

// moduleContext is what hooks hand on to those of later stages.
type moduleContext = *hookstage.ModuleContext

func moduleContextWith(key string, value any) moduleContext {
	c := hookstage.NewModuleContext()
	c.Set(key, value)
	return c
}

// handsOn reports whether there is something in a module context.
func handsOn(c moduleContext) bool { return len(c.GetAll()) > 0 }

// keepsTheFirstContext: Prebid Server keeps the first context that a module returns, and nil if the hook that was to return it
// is late.
const keepsTheFirstContext = true
