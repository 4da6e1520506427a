package optout

import (
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/codec"
)

// asked remembers about whom the operator was asked, in a fixed amount of memory: who doesn't fit is forgotten and asked
// about again. It knows users by 40 bits of a hash in a set of eight, so that it takes one for another, who then isn't asked
// about, with a probability of 2e-11. Its methods take no lock and don't allocate.
type asked struct {
	hasher hasher
	sets   [][setSize]atomic.Uint64 // of a tag and the minute; 0 is free
}

const (
	setSize    = 1 << setBits // a line of the cache
	setBits    = 3
	minuteBits = 24
	minuteMask = 1<<minuteBits - 1
)

// newAsked makes one for a number of users that is a power of two, of at least setSize.
func newAsked(users int) *asked {
	return &asked{newHasher(), make([][setSize]atomic.Uint64, users/setSize)}
}

// marked is where a user was marked.
type marked struct {
	slot  *atomic.Uint64
	value uint64
}

// forget takes the mark back, so that the user may be asked about.
func (m marked) forget() { m.slot.CompareAndSwap(m.value, 0) }

// mark reports whether a user must be asked about: for the first time, or since that was recheckMinutes ago. Of several
// goroutines one is told so. The user is then taken for one who was asked about.
func (a *asked) mark(uid codec.RawUID, minute, recheckMinutes uint64) (m marked, must bool) {
	hash := a.hasher.of(&uid)
	set := &a.sets[hash&uint64(len(a.sets)-1)]
	m.value = hash&^minuteMask | 1<<minuteBits | minute&minuteMask // never 0
	m.slot = &set[hash>>(64-setBits)]                              // whose user is forgotten if no slot is free
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
