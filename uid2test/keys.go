package uid2test

import (
	"maps"
	"slices"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// masterKeyset is the id of the master keys' keyset in answers, and masterSite their site id in the
// legacy list.
const (
	masterKeyset int64 = 9999999
	masterSite   int64 = -1
)

// keyLifetime is the time from a key's activation to its expiry.
const keyLifetime = 365 * 24 * time.Hour

// firstKeyset is the id of SharedSite's keyset; others count up from it.
const firstKeyset int64 = 3

// cipherKey is a master or site key with its values in answers.
type cipherKey struct {
	key                            *codec.Key
	secret                         [codec.KeySize]byte
	createdS, activatesS, expiresS int64 // Unix seconds
}

// keyset holds the keys of a site, or the master keys, from the oldest to the current one.
type keyset struct {
	id   int64
	site int64
	keys []cipherKey
}

func (k *keyset) current() *codec.Key { return k.keys[len(k.keys)-1].key }

// keyring holds all keys and the names of sites.
type keyring struct {
	roots  seed
	lastID uint32
	master *keyset
	sites  map[uint32]*keyset
	names  map[uint32][]string // sorted
}

func newKeyring(roots seed, now time.Time) keyring {
	r := keyring{
		roots:  roots,
		lastID: 1000 + roots.below(1_000_000, "first key id"),
		sites:  make(map[uint32]*keyset),
		names:  make(map[uint32][]string),
	}
	r.master = &keyset{id: masterKeyset, site: masterSite}
	r.addKey(r.master, now, time.Hour)
	r.site(SharedSite, now)
	return r
}

// addKey adds a key that has been active for age.
func (r *keyring) addKey(to *keyset, now time.Time, age time.Duration) {
	r.lastID++
	activates := now.Add(-age)
	to.keys = append(to.keys, cipherKey{
		key:        r.key("key", r.lastID),
		secret:     r.roots.derive("key", uint64(r.lastID)),
		createdS:   activates.Add(-age).Unix(),
		activatesS: activates.Unix(),
		expiresS:   activates.Add(keyLifetime).Unix(),
	})
}

// key prepares the key with this id; name distinguishes keys in answers from those that are in
// none.
func (r *keyring) key(name string, id uint32) *codec.Key {
	secret := r.roots.derive(name, uint64(id))
	key, err := codec.NewKey(id, secret[:])
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	return key
}

// site returns the keyset of a site, and creates it if there is none.
func (r *keyring) site(id uint32, now time.Time) *keyset {
	if set := r.sites[id]; set != nil {
		return set
	}
	set := &keyset{id: firstKeyset + int64(len(r.sites)), site: int64(id)}
	r.addKey(set, now, time.Hour)
	r.sites[id] = set
	return set
}

// keysets returns all keysets in a fixed order, the master keys first.
func (r *keyring) keysets() []*keyset {
	all := []*keyset{r.master}
	for _, id := range slices.Sorted(maps.Keys(r.sites)) {
		all = append(all, r.sites[id])
	}
	return all
}

// unknownMaster and unknownSite are the ids of keys that are in no answer. No other key gets such
// an id.
const (
	unknownMaster uint32 = 0x7f00_0001
	unknownSite   uint32 = 0x7f00_0002
)

// sealing returns the keys under which a token of a site is sealed now.
func (r *keyring) sealing(site uint32, unknownMasterKey, unknownSiteKey bool) (master, inner *codec.Key) {
	set := r.sites[site]
	if set == nil {
		set = r.sites[SharedSite]
	}
	master, inner = r.master.current(), set.current()
	if unknownMasterKey {
		master = r.key("unknown key", unknownMaster)
	}
	if unknownSiteKey {
		inner = r.key("unknown key", unknownSite)
	}
	return master, inner
}

// RotateKeys makes a new master key and a new key for every site, active at once; from now on,
// tokens are sealed under these. The old keys stay in the answers, so that earlier tokens can be
// opened. (Operators announce a new key a day before they use it; here, a participant has to fetch
// keys before it can open the next token.)
func (s *Server) RotateKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.config.now()
	for _, set := range s.keys.keysets() {
		s.keys.addKey(set, now, 0)
	}
}

// RetireKeys drops all keys but the current one of each keyset from the answers, so that
// participants who fetch keys can no longer open tokens from before the last RotateKeys.
func (s *Server) RetireKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, set := range s.keys.keysets() {
		set.keys = slices.Clone(set.keys[len(set.keys)-1:])
	}
}

// ownsKey reports whether a key is one of a site's.
func (s *Server) ownsKey(site, id uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.keys.sites[site]
	return set != nil && slices.ContainsFunc(set.keys, func(k cipherKey) bool { return k.key.ID() == id })
}

// table returns all keys, for opening tokens.
func (r *keyring) table() *codec.KeyTable {
	var all []*codec.Key
	for _, set := range r.keysets() {
		for _, k := range set.keys {
			all = append(all, k.key)
		}
	}
	return codec.NewKeyTable(all)
}
