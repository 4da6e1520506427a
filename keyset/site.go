package keyset

import (
	"math"
	"slices"
	"strings"
)

// sites holds the names of each site: in ASCII lower case, sorted, none of them empty.
type sites map[uint32][]string

func newSites(list []site) sites {
	m := make(sites, len(list))
	for _, s := range list {
		if s.ID.value <= 0 || s.ID.value > math.MaxUint32 {
			continue // no token can refer to it
		}
		m[uint32(s.ID.value)] = lowerNames(s.Names) // if an id repeats, the last one wins
	}
	return m
}

func lowerNames(names []string) []string {
	lowered := make([]string, 0, len(names))
	for _, name := range names {
		if name != "" { // nobody asks for it
			lowered = append(lowered, lowerASCII(name))
		}
	}
	slices.Sort(lowered)
	return slices.Compact(lowered)
}

// NameAllowed reports whether name, a registrable domain or an app id, is registered for the site.
// The match is exact, except for the case of ASCII letters: there are no subdomains and no
// wildcards. The empty name never matches. It doesn't allocate.
func (s *Snapshot) NameAllowed(siteID uint32, name string) bool {
	_, found := slices.BinarySearchFunc(s.sites[siteID], name, compareFolded)
	return found
}

// compareFolded compares a lowered name with name as if that were lowered too.
func compareFolded(lowered, name string) int {
	n := min(len(lowered), len(name))
	for i := range n {
		if d := int(lowered[i]) - int(lowerByte(name[i])); d != 0 {
			return d
		}
	}
	return len(lowered) - len(name)
}

// lowerASCII changes only A-Z; strings.ToLower would turn the Kelvin sign into k.
func lowerASCII(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		b.WriteByte(lowerByte(s[i]))
	}
	return b.String()
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
