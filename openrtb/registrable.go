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

type hostName struct{ host, name string }

// registrable removes the subdomains from a host. A host without a registrable domain is returned
// as it is: addresses, single labels, public suffixes. The result may be a view of host.
func registrable(host string) string {
	place := &lastHosts[maphash.String(hostSeed, host)%uint64(len(lastHosts))]
	if known := place.Load(); known != nil && known.host == host {
		return known.name
	}
	name := lookUpRegistrable(host)
	if len(host) <= maxHost {
		host = strings.Clone(host)
		place.Store(&hostName{host, host[len(host)-len(name):]})
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
