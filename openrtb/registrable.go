package openrtb

import (
	"hash/maphash"
	"net/netip"
	"strings"
	"sync/atomic"

	"golang.org/x/net/publicsuffix"
)

// lastHosts caches the registrable domains of recent hosts: the same sites recur, and a look-up in
// the public suffix list costs as much as decrypting a token. A host's slot is selected by a hash
// with a secret seed; the latest host takes the slot.
var (
	lastHosts [1024]atomic.Pointer[hostName]
	hostSeed  = maphash.MakeSeed()
)

type hostName struct{ written, name string }

// registrable returns the registrable domain of a host that is written as in a request, see hostOf,
// or "" if there is no host. A host without a registrable domain is returned as a whole: addresses,
// single labels, public suffixes. The result may be a view of what is written.
func registrable(written string) string {
	place := &lastHosts[maphash.String(hostSeed, written)%uint64(len(lastHosts))]
	if known := place.Load(); known != nil && known.written == written {
		return known.name
	}
	host := hostOf(written)
	if host == "" {
		return ""
	}
	name := lookUpRegistrable(host)
	if len(written) <= maxHost {
		place.Store(&hostName{strings.Clone(written), strings.Clone(name)})
	}
	return name
}

// maxHost is the length of the longest DNS name. Longer hosts aren't cached.
const maxHost = 253

// lookUpRegistrable returns a suffix of host, or all of it.
func lookUpRegistrable(host string) string {
	if strings.Contains(host, ":") || !endsInLetter(host) {
		if _, err := netip.ParseAddr(host); err == nil {
			return host
		}
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}
