package optout

import (
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/codec"
)

// asked remembers, in a fixed amount of memory, which users the operator was asked about. A user
// for whom there is no room is forgotten and asked about again. It stores 40 bits of a hash per
// user, in sets of eight; the probability that it mistakes a user for another one, and so doesn't
// ask, is 2e-11. Its methods take no lock and don't allocate.
type asked struct {
	hasher hasher
	sets   [][setSize]atomic.Uint64 // each holds a tag and the minute; 0 is free
}

const (
	setSize    = 1 << setBits // one cache line
	setBits    = 3
	minuteBits = 24
	minuteMask = 1<<minuteBits - 1
)

// newAsked returns one with room for this many users, which must be a power of two and at least
// setSize.
func newAsked(users int) *asked {
	return &asked{newHasher(), make([][setSize]atomic.Uint64, users/setSize)}
}

// marked is the slot in which a user was marked.
type marked struct {
	slot  *atomic.Uint64
	value uint64
}

// forget removes the mark, so that the user may be asked about again.
func (m marked) forget() { m.slot.CompareAndSwap(m.value, 0) }

// mark reports whether a user must be asked about, either for the first time or because the last
// time was recheckMinutes ago, and marks the user as asked about. Of several concurrent callers,
// exactly one gets true.
func (a *asked) mark(uid codec.RawUID, minute, recheckMinutes uint64) (m marked, must bool) {
	hash := a.hasher.of(&uid)
	set := &a.sets[hash&uint64(len(a.sets)-1)]
	m.value = hash&^minuteMask | 1<<minuteBits | minute&minuteMask // never 0
	m.slot = &set[hash>>(64-setBits)]                              // overwritten if no slot is free
	old := m.slot.Load()
	for i := range set {
		known := set[i].Load()
		if known>>minuteBits == m.value>>minuteBits {
			if (minute-known)&minuteMask < recheckMinutes {
				return m, false
			}
			m.slot, old = &set[i], known
			break
		}
		if known == 0 && old != 0 {
			m.slot, old = &set[i], 0
		}
	}
	return m, m.slot.CompareAndSwap(old, m.value)
}
