package optout

// user is what the index keeps of one.
type user struct {
	hash    uint64
	seconds uint32
}

// usersBySegment gathers users of each segment, so that a segment's lock is taken once for many of
// them, and its memory is waited for once for several.
type usersBySegment [segmentCount][]user

// gathered is the number of users that are gathered of each segment.
const gathered = 256

// add adds a user to the index, now or with flush at the latest.
func (u *usersBySegment) add(x *Index, e Entry) {
	if e.UID.IsZero() {
		return
	}
	hash := x.hash(&e.UID)
	users := &u[segmentOf(hash)]
	if *users = append(*users, user{hash, toSeconds(e.SinceMs)}); len(*users) == gathered {
		x.addUsers(segmentOf(hash), *users)
		*users = (*users)[:0]
	}
}

// flush adds the users that are still gathered.
func (u *usersBySegment) flush(x *Index) {
	for segment, users := range u {
		x.addUsers(uint64(segment), users)
		u[segment] = users[:0]
	}
}

// addUsers adds users of one segment.
func (x *Index) addUsers(segment uint64, users []user) {
	x.users.Add(int64(x.segments[segment].addUsers(users)))
}

// touched is the number of users whose buckets are asked of the memory at once: a processor has
// room for about a dozen such requests.
const touched = 12

func (s *segment) addUsers(users []user) (added int) {
	s.writing.Lock()
	defer s.writing.Unlock()
	for len(users) > 0 {
		some := users[:min(touched, len(users))]
		if t := s.table.Load(); t != nil {
			t.touch(some)
		}
		for _, u := range some {
			if s.put(u.hash, u.seconds) {
				added++
			}
		}
		users = users[len(some):]
	}
	return added
}

// touch reads where users are, or would be. No read depends on another, so the processor waits for
// all of them together.
//
//go:noinline
func (t *table) touch(users []user) (sum uint64) {
	for i := range users {
		n := t.first(users[i].hash)
		p := &t.pairs[n/2]
		sum += p.hashes[n%2][0] + uint64(p.seconds[n%2][0])
	}
	return sum
}

// reserve makes room for so many users in an index that has none.
func (x *Index) reserve(users uint64) {
	for i := range x.segments {
		s := &x.segments[i]
		s.writing.Lock()
		if s.table.Load() == nil {
			s.table.Store(newTable(pairsFor(users / segmentCount)))
		}
		s.writing.Unlock()
	}
}

// trim gives back room that reserve made for users who turned out to be the same.
func (x *Index) trim() {
	for i := range x.segments {
		x.segments[i].trim()
	}
}

func (s *segment) trim() {
	s.writing.Lock()
	defer s.writing.Unlock()
	t := s.table.Load()
	if t == nil {
		return
	}
	if enough := pairsFor(uint64(s.users)); float64(enough)*growsBy < float64(len(t.pairs)) {
		s.table.Store(t.resized(enough))
	}
}

// spare is how much more room than for the average a segment gets, as some have more users.
const spare = 1.01

// pairsFor returns the number of pairs in which a segment has room for so many users.
func pairsFor(users uint64) uint64 {
	return uint64(float64(users)*spare/(fullAt*2*bucketSize)) + firstPairs
}
