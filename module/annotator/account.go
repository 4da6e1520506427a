package annotator

import (
	"encoding/json"
	"fmt"
	"maps"
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/internal/settings"
)

const (
	// maxCachedAccounts bounds the memory for parsed account configurations. Beyond it they are parsed on every call,
	// which is slower and never wrong.
	maxCachedAccounts = 4096

	// forgetAfter is how many calls may have to parse before all is forgotten: accounts change, and what is remembered
	// of those from before would be in the way of those of now for ever. It is so many since remembering copies the map.
	forgetAfter = 16 * maxCachedAccounts
)

// accountConfig is what an account may say in its own section. It holds no secret: Prebid Server's analytics may
// write an account's whole configuration out.
type accountConfig struct {
	Enabled settings.Scalar `json:"enabled"`
	Bidders *bidderSettings `json:"bidders"`
}

// accounts turns an account's section into the list of bidders that holds for it, once for each distinct text.
type accounts struct {
	host      bidderList
	mayWiden  bool
	adapterOf AdapterOf
	parsed    atomic.Pointer[map[string]accountRule]
	missed    atomic.Int64 // calls that had to parse since the map is full
}

// accountRule is what one text of account configuration means.
type accountRule struct {
	bidders bidderList
	err     error
}

// rule returns the bidders for an account. An account configuration that can't be understood lists nobody, and err
// says why: an account that tried to narrow the list must not end up with all of it.
func (a *accounts) rule(section json.RawMessage) accountRule {
	if len(section) == 0 {
		return accountRule{bidders: a.host}
	}
	if known := a.parsed.Load(); known != nil {
		if rule, ok := (*known)[string(section)]; ok {
			return rule
		}
	}
	rule := a.parse(section)
	a.remember(string(section), rule)
	return rule
}

func (a *accounts) parse(section json.RawMessage) accountRule {
	list, err := a.bidders(section)
	if err != nil {
		return accountRule{err: badConfig(err)}
	}
	return accountRule{bidders: list}
}

func (a *accounts) bidders(section json.RawMessage) (bidderList, error) {
	var cfg accountConfig
	if err := settings.Unmarshal(section, &cfg); err != nil {
		return nil, err
	}
	enabled, err := cfg.Enabled.Bool("enabled", true)
	switch {
	case err != nil || !enabled:
		return nil, err
	case cfg.Bidders == nil:
		return a.host, nil
	}
	own, err := cfg.Bidders.parse("bidders")
	if err != nil {
		return nil, err
	}
	return a.restrict(own)
}

// restrict keeps of the account's own list what the host lists too, or all of it where the host lets
// accounts widen. Only the host may insist on a bidder whose host the caller chooses.
func (a *accounts) restrict(own []Bidder) (bidderList, error) {
	list := make(bidderList, len(own))
	for i, bidder := range own {
		name := fmt.Sprintf("bidders[%d]", i)
		if bidder.AllowCallerHost {
			return nil, settings.Wrong(name+".allow_caller_host", "only the host's configuration may say that")
		}
		hostMode, listed := a.host.has(bidder.key())
		switch {
		case listed && bidder.inheritsMode:
			list.add(bidder.key(), hostMode)
		case listed:
			list.add(bidder.key(), bidder.Mode)
		case a.mayWiden:
			if err := bidder.checkHost(name, a.adapterOf); err != nil {
				return nil, err
			}
			list.add(bidder.key(), bidder.Mode)
		}
	}
	return list, nil
}

// remember publishes a copy of the map with one more entry, or a new map in place of a full one. Accounts are few and
// change rarely, requests are many: readers pay one atomic load.
func (a *accounts) remember(section string, rule accountRule) {
	for {
		old, next := a.parsed.Load(), make(map[string]accountRule)
		switch {
		case old == nil:
		case len(*old) < maxCachedAccounts:
			maps.Copy(next, *old)
		case a.missed.Add(1) < forgetAfter:
			return
		default:
			a.missed.Store(0)
		}
		next[section] = rule
		if a.parsed.CompareAndSwap(old, &next) {
			return
		}
	}
}
