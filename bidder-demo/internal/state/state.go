// Package state reports how a module uid2.decrypt in this process is doing: its keys, its opt-outs,
// and the versions of what runs.
package state

import (
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/inspect/page"
	"github.com/uid2rtb/uid2rtb/module/v3"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// Config says what is reported. Its functions are called for each report.
type Config struct {
	Module          *module.Module
	Operators       map[codec.Scope]string // URLs
	RefreshInterval time.Duration          // of keys
	Webhook         string                 // URL at which opt-outs arrive
	Feeds           []*uid2test.Feed       // that send them
	Lag             func() time.Duration   // of the last opt-out, until a lookup saw it
	Hooks           func() page.Histogram
	Users           func() []page.User
	Actions         func() []page.ActionInfo
}

// Reporter implements [page.State]. It is safe for concurrent use.
type Reporter struct{ config Config }

var _ page.State = (*Reporter)(nil)

// New returns a Reporter.
func New(config Config) *Reporter { return &Reporter{config} }

// State implements [page.State].
func (r *Reporter) State() page.StateReport {
	return page.StateReport{
		AtMs:     time.Now().UnixMilli(),
		Keysets:  r.keysets(),
		OptOuts:  r.optOuts(),
		Hooks:    r.config.Hooks(),
		Versions: versions(),
		Users:    r.config.Users(),
		Actions:  r.config.Actions(),
	}
}
