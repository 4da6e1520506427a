package hostile

import "slices"

// trick changes a draft in one hostile way.
type trick struct {
	name   string
	do     func(*draft)
	oneIn  int  // further rarity, for those that few servers accept or that cost much; 0: none
	forges bool // it forges annotations
}

// kinds are the tricks but those for debug output. A trick is as likely as there are few of its
// kind; the more dangerous kinds stand here twice.
var kinds = [][]trick{aliasTricks, aliasTricks, nameTricks, eidTricks, forgeryTricks, echoTricks, privacyTricks, shapeTricks}

// Tricks are the names of all tricks.
func Tricks() []string {
	names := []string{"amp", "amp: debug", "amp: US privacy", "stored request"}
	for _, kind := range slices.Concat(kinds[1:], [][]trick{debugTricks}) {
		for _, t := range kind {
			names = append(names, t.name)
		}
	}
	slices.Sort(names)
	return names
}

// trickNamed returns a trick by its name.
func trickNamed(name string) (trick, bool) {
	for _, kind := range slices.Concat(kinds[1:], [][]trick{debugTricks}) {
		for _, t := range kind {
			if t.name == name {
				return t, true
			}
		}
	}
	return trick{}, false
}
