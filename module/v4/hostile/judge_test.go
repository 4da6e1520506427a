// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package hostile_test

import (
	"encoding/json"
	"slices"

	"github.com/uid2rtb/uid2rtb/module/hostile"
)

// judge returns the ways in which something got out that must not.
func (s *stand) judge(auction *hostile.Auction, header, answer []byte, debug bool, counts *tally) (ways []string) {
	add := func(way string) {
		if !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	permitted := auction.Permitted(s.scenario.listed, s.scenario.wider)
	for _, one := range s.take() {
		if one.forged {
			add("a forgery reached a bidder")
		}
		for _, found := range one.found {
			switch {
			case !slices.Contains(permitted, one.to):
				add("a raw UID reached " + one.to)
			case s.users[found.Raw].Gone:
				add("the raw UID of a user who opted out reached a bidder")
			case debug && !s.scenario.rawInDebug:
				add("a raw UID reached a bidder in an auction with debug output")
			case !slices.Contains(auction.Users, found.Raw) && !(s.scenario.identity && found.Raw == 0):
				add("the raw UID of another auction's user reached a bidder")
			default:
				counts.given++
			}
		}
	}
	if what := s.holds(header); what != "" {
		add(what + " is in the response's header")
	}
	if what := s.holds(answer); what != "" {
		for _, place := range s.places(answer) {
			add(what + " is in the response's " + place)
		}
	}
	for _, put := range s.pbs.CachePuts() {
		if what := s.holds(put); what != "" {
			add(what + " is in the cache")
		}
	}
	return ways
}

// holds says what a text holds of raw UIDs, if anything.
func (s *stand) holds(text []byte) string {
	found := s.search.In(text)
	switch {
	case len(found) == 0:
		return ""
	case slices.ContainsFunc(found, func(f hostile.Found) bool { return f.Whole }):
		return "a raw UID"
	}
	return "a part of a raw UID"
}

// places are the members of a response in which a raw UID is: of its ext, of an amp response's, or
// others.
func (s *stand) places(answer []byte) (places []string) {
	var top map[string]json.RawMessage
	if json.Unmarshal(answer, &top) != nil {
		return []string{"text"}
	}
	for name, value := range top {
		var within map[string]json.RawMessage
		switch {
		case len(s.search.In(value)) == 0:
		case (name == "ext" || name == "ortb2") && json.Unmarshal(value, &within) == nil:
			for _, place := range s.places(value) {
				places = append(places, name+"."+place)
			}
		default:
			places = append(places, name)
		}
	}
	slices.Sort(places)
	return places
}
