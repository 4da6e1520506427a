package keyset

import (
	"cmp"
	"slices"
)

// groups are the keys of a Snapshot by keyset, or by site. They are two pieces of memory, however
// many there are.
type groups struct {
	starts  []start // sorted by id
	numbers []int32 // indexes into the keys, group after group
}

// start says where a group begins in numbers.
type start struct {
	id int64
	at int32
}

// group groups the keys that groupOf has a group for. Within a group they are sorted by activation;
// of keys activated together, the one with the larger id comes last, and so wins.
func (s *Snapshot) group(groupOf func(*KeyInfo) (id int64, ok bool)) (g groups) {
	count := 0
	for i := range s.keys {
		if _, ok := groupOf(&s.keys[i]); ok {
			count++
		}
	}
	if count == 0 {
		return g
	}
	g.numbers = make([]int32, 0, count)
	for i := range s.keys {
		if _, ok := groupOf(&s.keys[i]); ok {
			g.numbers = append(g.numbers, int32(i))
		}
	}
	idOf := func(number int32) int64 {
		id, _ := groupOf(&s.keys[number])
		return id
	}
	slices.SortFunc(g.numbers, func(a, b int32) int {
		return cmp.Or(cmp.Compare(idOf(a), idOf(b)), cmp.Compare(s.keys[a].ActivatesMs, s.keys[b].ActivatesMs), cmp.Compare(s.keys[a].ID, s.keys[b].ID))
	})
	for at, number := range g.numbers {
		if id := idOf(number); at == 0 || id != g.starts[len(g.starts)-1].id {
			g.starts = append(g.starts, start{id, int32(at)})
		}
	}
	return g
}

// of returns the indexes of a group's keys.
func (g *groups) of(id int64) []int32 {
	n, found := slices.BinarySearchFunc(g.starts, id, func(s start, id int64) int { return cmp.Compare(s.id, id) })
	switch {
	case !found:
		return nil
	case n+1 == len(g.starts):
		return g.numbers[g.starts[n].at:]
	default:
		return g.numbers[g.starts[n].at:g.starts[n+1].at]
	}
}
