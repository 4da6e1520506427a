package annotator

import (
	"fmt"
	"strings"
)

// Mode is how a listed bidder gets its annotations.
type Mode uint8

const (
	// Annotate writes ext.uid2 beside the token. It is the default.
	Annotate Mode = iota
	// Replace puts the raw UID in place of the token, and removes a uid that has no raw UID to give.
	Replace
	// DropOptedOut is Annotate, but the uid of a user who opted out is removed.
	DropOptedOut
)

var modeNames = []string{Annotate: "annotate", Replace: "replace", DropOptedOut: "drop_opted_out"}

// String is the mode's name in the configuration.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return "invalid mode"
}

func parseMode(name, text string) (Mode, error) {
	if text == "" {
		return Annotate, nil
	}
	for m, word := range modeNames {
		if text == word {
			return Mode(m), nil
		}
	}
	return 0, settingError(name, fmt.Sprintf("one of %q is wanted", modeNames))
}

// Bidder is one entry of the list of bidders that may get raw UIDs.
type Bidder struct {
	// Name of the bidder as imp.ext.prebid.bidder has it; upper and lower case are the same.
	Name string
	// AliasOf is the adapter for which the name is an alias made by the request (ext.prebid.aliases). Empty: the
	// name must not be an alias of the request's making. Aliases that the host's bidder-info defines need no AliasOf.
	AliasOf string
	// Mode of annotation.
	Mode Mode
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

// bidderList answers whether a bidder is listed. It is immutable.
type bidderList map[bidderKey]Mode

// lookup compares without regard to case. name is a bidder as the caller wrote it, aliasOf the adapter of a request alias or "".
func (l bidderList) lookup(name, aliasOf string) (Mode, bool) {
	mode, listed := l[bidderKey{strings.ToLower(name), strings.ToLower(aliasOf)}]
	return mode, listed
}

// bidderSettings is the list as it stands in host and account configuration.
type bidderSettings []struct {
	Name            string `json:"name"`
	AliasOf         string `json:"alias_of"`
	Mode            string `json:"mode"`
	AllowCallerHost scalar `json:"allow_caller_host"`
}

func (s bidderSettings) parse(name string) ([]Bidder, error) {
	bidders := make([]Bidder, 0, len(s))
	seen := make(map[bidderKey]bool, len(s))
	for i, entry := range s {
		name := fmt.Sprintf("%s[%d]", name, i)
		if entry.Name == "" {
			return nil, settingError(name+".name", "it is missing")
		}
		mode, err := parseMode(name+".mode", entry.Mode)
		if err != nil {
			return nil, err
		}
		insists, err := entry.AllowCallerHost.boolean(name+".allow_caller_host", false)
		if err != nil {
			return nil, err
		}
		bidder := Bidder{Name: entry.Name, AliasOf: entry.AliasOf, Mode: mode, AllowCallerHost: insists, inheritsMode: entry.Mode == ""}
		if seen[bidder.key()] {
			return nil, settingError(name, "this bidder is listed twice")
		}
		seen[bidder.key()] = true
		bidders = append(bidders, bidder)
	}
	return bidders, nil
}

func newBidderList(bidders []Bidder) bidderList {
	list := make(bidderList, len(bidders))
	for _, bidder := range bidders {
		list[bidder.key()] = bidder.Mode
	}
	return list
}
