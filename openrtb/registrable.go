package openrtb

import (
	"hash/maphash"
	"net/netip"
	"strings"
	"sync/atomic"

	"golang.org/x/net/publicsuffix"
)

// lastHosts remembers the registrable domains of some hosts: sites come again and again, and to look one up in the public
// suffix list costs as much as a token's decryption. A host's place is chosen by a hash with a secret seed; who comes last
// stays.
var (
	lastHosts [1024]atomic.Pointer[hostName]
	hostSeed  = maphash.MakeSeed()
)

type hostName struct{ host, name string }

// registrable takes the subdomains off a host. What has no registrable domain stays: addresses, single labels, public
// suffixes. The result may be a view of host.
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

// maxHost is the length of the longest DNS name. What is longer isn't remembered.
const maxHost = 253

// lookUpRegistrable returns an end of host, or all of it.
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
