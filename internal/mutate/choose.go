package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
)

// choose returns the changes that the options select, in the order of the code.
func choose(all []*Change, o *options) ([]*Change, error) {
	chosen := slices.DeleteFunc(slices.Clone(all), func(c *Change) bool { return !o.match.MatchString(c.Name) })
	if o.again != "" {
		unnoticed, err := readUnnoticed(o.again)
		if err != nil {
			return nil, err
		}
		chosen = slices.DeleteFunc(chosen, func(c *Change) bool { return !unnoticed[c.Name] })
	}
	if o.sample == 0 || o.sample >= len(chosen) {
		return chosen, nil
	}
	random := rand.New(rand.NewPCG(o.seed, 0))
	sample := random.Perm(len(chosen))[:o.sample]
	slices.Sort(sample)
	var some []*Change
	for _, i := range sample {
		some = append(some, chosen[i])
	}
	return some, nil
}

// readUnnoticed reads the names of the unnoticed changes in an earlier report.
func readUnnoticed(name string) (map[string]bool, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var reports []*report
	if err := json.Unmarshal(data, &reports); err != nil {
		return nil, err
	}
	unnoticed := make(map[string]bool)
	for _, r := range reports {
		for _, c := range r.Changes {
			unnoticed[c.Name] = unnoticed[c.Name] || c.Result == Unnoticed
		}
	}
	return unnoticed, nil
}
