package annotator

import (
	"fmt"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/settings"
)

// callerHosts are the adapters of Prebid Server whose requests go to a host that the caller's parameters
// have a say in, with the parameter. Read from static/bidder-info and adapters/ of v3.30.0 and v4.6.0: an
// endpoint with a macro in its host (most macros take any text, so that "attacker.example/?" ends the
// host), and rediads, whose code replaces the first label of the host. taboola's macro is the kind of
// media, not the caller's. A test holds the list against the bidder infos of the Prebid Server that this
// module is built with.
var callerHosts = map[string]string{
	"acuityads":       "host",
	"adhese":          "account",
	"adocean":         "emitterPrefix",
	"adoppler":        "client",
	"algorix":         "region",
	"between":         "host",
	"bidmachine":      "host",
	"clydo":           "region",
	"invibes":         "domainId",
	"kayzen":          "zone",
	"rediads":         "endpoint",
	"relevantdigital": "pbsHost",
	"rtbstack":        "region",
	"silvermob":       "host",
	"smartyads":       "host",
	"tappx":           "endpoint",
	"tradplus":        "zoneId",
	"trafficgate":     "host",
	"yeahmobi":        "zoneId",
	"zeroclickfraud":  "host",
}

// CallerChoosesHost reports whether a request has a say in the host that an adapter of Prebid Server sends
// to. Listing such a bidder would let every caller choose who receives raw UIDs. It doesn't allocate for
// a name in lower case.
func CallerChoosesHost(adapter string) bool {
	_, chooses := callerHosts[strings.ToLower(adapter)]
	return chooses
}

// AdapterOf returns the adapter behind a bidder's name, as the host of the module knows it: of a host
// alias its parent, of other bidders their own name in its usual spelling. known is false if the host has
// no such bidder.
type AdapterOf func(bidder string) (adapter string, known bool)

// sameName is the AdapterOf of a host that doesn't say which bidders it has.
func sameName(bidder string) (string, bool) { return bidder, true }

// adapter returns the adapter that requests to a listed bidder go to, and reports whether the host knows
// every name in the entry.
func (b Bidder) adapter(of AdapterOf) (string, bool) {
	if b.AliasOf != "" {
		return of(b.AliasOf)
	}
	return of(b.Name)
}

// checkHost refuses a bidder that sends to a host of the caller's choice, unless the host insists.
func (b Bidder) checkHost(name string, of AdapterOf) error {
	adapter, _ := b.adapter(of)
	if b.AllowCallerHost || !CallerChoosesHost(adapter) {
		return nil
	}
	return settings.Wrong(name, fmt.Sprintf("requests of the adapter %s go to a host that its parameter %s, and so the caller, has a say in; "+
		"leave the bidder out or, if its endpoint is fixed in your bidder-info, insist with allow_caller_host: true", strings.ToLower(adapter), callerHosts[strings.ToLower(adapter)]))
}
