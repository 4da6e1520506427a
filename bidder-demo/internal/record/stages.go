package record

import "time"

// stages holds the time in the hooks by stage, and of a stage by the bidder whose request it is
// about.
type stages map[string]map[string]time.Duration

func (s stages) add(stage, bidder string, d time.Duration) {
	if s[stage] == nil {
		s[stage] = map[string]time.Duration{}
	}
	s[stage][bidder] += d
}

// us returns the time of each stage in microseconds; of bidders, whose hooks run at the same time,
// the longest.
func (s stages) us() map[string]float64 {
	all := make(map[string]float64, len(s))
	for stage, bidders := range s {
		all[stage] = microseconds(longest(bidders))
	}
	return all
}

// total returns the time that the hooks took of the auction.
func (s stages) total() (sum time.Duration) {
	for _, bidders := range s {
		sum += longest(bidders)
	}
	return sum
}

func longest(of map[string]time.Duration) (most time.Duration) {
	for _, d := range of {
		most = max(most, d)
	}
	return most
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
