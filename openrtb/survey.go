package openrtb

import "sync"

// survey is where everything of interest lies in the eids of one request. It is reused from request to request.
type survey struct {
	reader scanner
	places []place
	eids   []eid
	uids   []uid
	edits  []Edit // what was answered, at most MaxUIDs; before them the one that keeps a uid as it is
	names  names
}

// place is one array of eids.
type place struct {
	span
	inExt     bool // user.ext.eids
	firstEID  int  // index into survey.eids
	afterEIDs int
}

// eid is one element of a place, or several in a row without uids, whatever their types.
type eid struct {
	span
	source    Source
	array     span // of uids; none if the eid has no such array
	firstUID  int
	afterUIDs int
}

// uid is one element of an eid's uids, or several in a row that stay as they are, whatever their types. There may be hundreds of
// thousands in a request that somebody sends to use memory up, so it is small.
type uid struct {
	span
	id     text  // none if there is no id, or no string
	ext    span  // none if there is no ext
	last   int   // end of the last member, where another one would go
	forged bool  // ext has a forgery
	edit   uint8 // index into survey.edits
}

// stays tells whether an element can't change: it has neither an id nor a forgery.
func (u *uid) stays() bool { return u.id.end == u.id.start && !u.forged }

// forget empties the survey. Edits hold raw UIDs, and spans mean nothing without their request.
func (s *survey) forget() {
	clear(s.uids)
	clear(s.edits)
	s.reader, s.names = scanner{}, names{}
	s.places, s.eids, s.uids, s.edits = s.places[:0], s.eids[:0], s.uids[:0], s.edits[:0]
}

// maxKept is how many eids or uids a survey may have room for and be kept. Requests have a few dozen.
const maxKept = 1024

// oversized tells whether the survey takes more memory than it should keep for good.
func (s *survey) oversized() bool { return max(cap(s.eids), cap(s.uids)) > maxKept }

// surveys are kept for reuse: a request needs no allocation then.
var surveys = sync.Pool{New: func() any { return new(survey) }}

// of surveys data, which is one JSON document: a bid request, or with read = (*survey).userExt, a user.ext.
func (s *survey) of(data []byte, read func(*survey, *scanner) error) error {
	r := &s.reader
	*r = scanner{data: data}
	s.edits = append(s.edits[:0], Edit{})
	r.space()
	if err := read(s, r); err != nil {
		return err
	}
	r.space()
	if r.at != len(data) {
		return ErrMalformed
	}
	return nil
}

// once refuses a key that occurs a second time, or in another case than its own.
type once struct{ seen bool }

// matches tells whether k is name.
func (o *once) matches(k key, name string) (bool, error) {
	if !k.looksLike(name) {
		return false, nil
	}
	if o.seen || !k.is(name) {
		return false, ErrAmbiguous
	}
	o.seen = true
	return true, nil
}

// request surveys a whole bid request.
func (s *survey) request(r *scanner) error {
	var user once
	return r.object(func(k key, _ span) error {
		is, err := user.matches(k, "user")
		if err != nil {
			return err
		}
		if !is {
			return s.names.member(r, k)
		}
		if r.peek() != '{' {
			return r.skip()
		}
		return s.user(r)
	})
}

// orSkip reads a value that is of no interest, unless there is an error already.
func orSkip(r *scanner, err error) error {
	if err != nil {
		return err
	}
	return r.skip()
}

func (s *survey) user(r *scanner) error {
	var eids, ext once
	return r.object(func(k key, _ span) error {
		isEIDs, err := eids.matches(k, "eids")
		if err != nil {
			return err
		}
		isExt, err := ext.matches(k, "ext")
		switch {
		case isEIDs:
			return s.place(r, false)
		case isExt:
			return s.userExt(r)
		}
		return orSkip(r, err)
	})
}

// userExt surveys user.ext, whatever its type.
func (s *survey) userExt(r *scanner) error {
	if r.peek() != '{' {
		return r.skip()
	}
	var eids once
	return r.object(func(k key, _ span) error {
		is, err := eids.matches(k, "eids")
		if !is {
			return orSkip(r, err)
		}
		return s.place(r, true)
	})
}

func (s *survey) place(r *scanner, inExt bool) error {
	if r.peek() != '[' {
		return r.skip()
	}
	p := place{span: span{start: r.at}, inExt: inExt, firstEID: len(s.eids)}
	err := r.array(func(int) error { return s.eid(r, p.firstEID) })
	p.end, p.afterEIDs = r.at, len(s.eids)
	s.places = append(s.places, p)
	return err
}

// eid reads an element of the place whose first eid this is the index of.
func (s *survey) eid(r *scanner, first int) (err error) {
	e := eid{span: span{start: r.at}, firstUID: len(s.uids)}
	if r.peek() == '{' {
		err = s.eidMembers(r, &e)
	} else {
		err = r.skip()
	}
	e.end, e.afterUIDs = r.at, len(s.uids)
	if last := len(s.eids) - 1; last >= first && e.array.none() && s.eids[last].array.none() {
		s.eids[last].end = e.end
		return err
	}
	s.eids = append(s.eids, e)
	return err
}

func (s *survey) eidMembers(r *scanner, e *eid) error {
	var source, uids once
	return r.object(func(k key, _ span) error {
		isSource, err := source.matches(k, "source")
		if err != nil {
			return err
		}
		isUIDs, err := uids.matches(k, "uids")
		switch {
		case isSource && r.peek() == '"':
			name, err := r.text()
			e.source = SourceOf(name.decoded(r.data))
			return err
		case isUIDs && r.peek() == '[':
			e.array.start = r.at
			err = r.array(func(int) error { return s.uid(r, e.firstUID) })
			e.array.end = r.at
			return err
		}
		return orSkip(r, err)
	})
}

// uid reads an element of the uids whose first one this is the index of.
func (s *survey) uid(r *scanner, first int) (err error) {
	u := uid{span: span{start: r.at}}
	if r.peek() == '{' {
		err = u.members(r)
	} else {
		err = r.skip()
	}
	u.end = r.at
	if last := len(s.uids) - 1; last >= first && u.stays() && s.uids[last].stays() {
		s.uids[last].end = u.end
		return err
	}
	s.uids = append(s.uids, u)
	return err
}

func (u *uid) members(r *scanner) error {
	var id, ext once
	return r.object(func(k key, _ span) (err error) {
		isID, err := id.matches(k, "id")
		if err != nil {
			return err
		}
		isExt, err := ext.matches(k, "ext")
		switch {
		case isID && r.peek() == '"':
			u.id, err = r.text()
		case isExt:
			u.ext, u.forged, err = r.uidExtOrOther()
		default:
			err = orSkip(r, err)
		}
		u.last = r.at
		return err
	})
}

// each calls f for each uid with an id in a UID2 or EUID eid, user.eids before user.ext.eids, until f returns false.
func (s *survey) each(f func(e *eid, u *uid) bool) {
	for _, inExt := range []bool{false, true} {
		for p := range s.places {
			if s.places[p].inExt != inExt {
				continue
			}
			for i := s.places[p].firstEID; i < s.places[p].afterEIDs; i++ {
				e := &s.eids[i]
				if e.source == SourceOther {
					continue
				}
				for j := e.firstUID; j < e.afterUIDs; j++ {
					if u := &s.uids[j]; u.id.end > u.id.start && !f(e, u) {
						return
					}
				}
			}
		}
	}
}
