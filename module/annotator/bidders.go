package annotator

import (
	"fmt"
	"strings"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/internal/settings"
)

func parseMode(name, text string) (bidder.Mode, error) {
	mode, err := bidder.ParseMode(text)
	if err != nil {
		return 0, settings.Wrong(name, err.Error())
	}
	return mode, nil
}

// Bidder is one entry of the list of bidders that may get raw UIDs.
type Bidder struct {
	// Name of the bidder as imp.ext.prebid.bidder has it; upper and lower case are the same.
	Name string
	// AliasOf is the adapter for which the name is an alias made by the request (ext.prebid.aliases). Empty: the
	// name must not be an alias of the request's making. Aliases that the host's bidder-info defines need no AliasOf.
	AliasOf string
	// Mode of annotation.
	Mode bidder.Mode
	// AllowCallerHost insists on a bidder for which [CallerChoosesHost] is true.
	AllowCallerHost bool
	// inheritsMode marks an entry that names no mode: in an account's list it takes the host's.
	inheritsMode bool
}

// bidderKey identifies an entry: a caller may alias a listed name to any adapter, so a name alone proves nothing.
type bidderKey struct{ name, aliasOf string }

func (b Bidder) key() bidderKey {
	return bidderKey{strings.ToLower(b.Name), strings.ToLower(b.AliasOf)}
}

// bidderList answers whether a bidder is listed: modes by name and by the adapter that it is an alias of. It is immutable once
// made.
type bidderList map[string]map[string]bidder.Mode

func (l bidderList) add(key bidderKey, mode bidder.Mode) {
	if l[key.name] == nil {
		l[key.name] = make(map[string]bidder.Mode, 1)
	}
	l[key.name][key.aliasOf] = mode
}

func (l bidderList) has(key bidderKey) (bidder.Mode, bool) {
	mode, listed := l[key.name][key.aliasOf]
	return mode, listed
}

// lookup compares without regard to case. name is a bidder as the caller wrote it, aliasOf the adapter of a request alias or "".
func (l bidderList) lookup(name, aliasOf string) (bidder.Mode, bool) {
	return l.has(bidderKey{strings.ToLower(name), strings.ToLower(aliasOf)})
}

// mayList reports whether lookup finds a bidder with some adapter or none.
func (l bidderList) mayList(name string) bool { return l[strings.ToLower(name)] != nil }

// bidderSettings is the list as it stands in host and account configuration.
type bidderSettings []struct {
	Name            string          `json:"name"`
	AliasOf         string          `json:"alias_of"`
	Mode            string          `json:"mode"`
	AllowCallerHost settings.Scalar `json:"allow_caller_host"`
}

func (s bidderSettings) parse(name string) ([]Bidder, error) {
	bidders := make([]Bidder, 0, len(s))
	seen := make(map[bidderKey]bool, len(s))
	for i, entry := range s {
		name := fmt.Sprintf("%s[%d]", name, i)
		if entry.Name == "" {
			return nil, settings.Wrong(name+".name", "it is missing")
		}
		mode, err := parseMode(name+".mode", entry.Mode)
		if err != nil {
			return nil, err
		}
		insists, err := entry.AllowCallerHost.Bool(name+".allow_caller_host", false)
		if err != nil {
			return nil, err
		}
		bidder := Bidder{Name: entry.Name, AliasOf: entry.AliasOf, Mode: mode, AllowCallerHost: insists, inheritsMode: entry.Mode == ""}
		if seen[bidder.key()] {
			return nil, settings.Wrong(name, "this bidder is listed twice")
		}
		seen[bidder.key()] = true
		bidders = append(bidders, bidder)
	}
	return bidders, nil
}

func newBidderList(bidders []Bidder) bidderList {
	list := make(bidderList, len(bidders))
	for _, bidder := range bidders {
		list.add(bidder.key(), bidder.Mode)
	}
	return list
}
