package openrtb

import (
	"sync"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// survey holds the positions of everything of interest in the eids of one request. It is reused
// from request to request.
type survey struct {
	reader strictjson.Scanner
	places []place
	eids   []eid
	uids   []uid
	edits  []Edit // the answers, at most MaxUIDs; the first one stands for uids that are kept
	names  names
}

// place is one array of eids.
type place struct {
	strictjson.Span
	inExt     bool // user.ext.eids
	firstEID  int  // index into survey.eids
	afterEIDs int
}

// eid is one element of a place, or a run of elements of any type that have no uids.
type eid struct {
	strictjson.Span
	source    Source
	array     strictjson.Span // of uids; empty if the eid has no such array
	firstUID  int
	afterUIDs int
}

// uid is one element of an eid's uids, or a run of elements of any type that stay as they are. A
// malicious request may have hundreds of thousands of them, so the struct is small.
type uid struct {
	strictjson.Span
	id     strictjson.Text // empty if there is no id, or if it isn't a string
	ext    strictjson.Span // empty if there is no ext
	last   int             // end of the last member, where a new one would go
	forged bool            // ext has a forgery
	edit   uint8           // index into survey.edits
}

// stays reports whether an element can't change, because it has neither an id nor a forgery.
func (u *uid) stays() bool { return u.id.End == u.id.Start && !u.forged }

// forget empties the survey. Edits hold raw UIDs, and spans are meaningless without their request.
func (s *survey) forget() {
	clear(s.uids)
	clear(s.edits)
	s.reader, s.names = strictjson.Scanner{}, names{}
	s.places, s.eids, s.uids, s.edits = s.places[:0], s.eids[:0], s.uids[:0], s.edits[:0]
}

// maxKept is the largest capacity for eids or uids with which a survey is reused. Requests have a
// few dozen.
const maxKept = 1024

// oversized reports whether the survey holds too much memory to be reused.
func (s *survey) oversized() bool { return max(cap(s.eids), cap(s.uids)) > maxKept }

// surveys are pooled, so that a request needs no allocation.
var surveys = sync.Pool{New: func() any { return new(survey) }}

// parse surveys data, which is one JSON document: a bid request or, with read = (*survey).userExt,
// a user.ext.
func (s *survey) parse(data []byte, read func(*survey, *strictjson.Scanner) error) error {
	r := &s.reader
	*r = strictjson.Scanner{Data: data}
	s.edits = append(s.edits[:0], Edit{})
	r.Space()
	if err := read(s, r); err != nil {
		return err
	}
	return r.End()
}

// request surveys a whole bid request.
func (s *survey) request(r *strictjson.Scanner) error {
	var user strictjson.UniqueKey
	return r.Object(func(k strictjson.Key, _ strictjson.Span) error {
		is, err := user.Matches(k, "user")
		if err != nil {
			return err
		}
		if !is {
			return s.names.member(r, k)
		}
		if r.Peek() != '{' {
			return r.Skip()
		}
		return s.user(r)
	})
}

// orSkip skips a value, unless there is an error already.
func orSkip(r *strictjson.Scanner, err error) error {
	if err != nil {
		return err
	}
	return r.Skip()
}

func (s *survey) user(r *strictjson.Scanner) error {
	var eids, ext strictjson.UniqueKey
	return r.Object(func(k strictjson.Key, _ strictjson.Span) error {
		isEIDs, err := eids.Matches(k, "eids")
		if err != nil {
			return err
		}
		isExt, err := ext.Matches(k, "ext")
		switch {
		case isEIDs:
			return s.place(r, false)
		case isExt:
			return s.userExt(r)
		}
		return orSkip(r, err)
	})
}

// userExt surveys user.ext, which may have any type.
func (s *survey) userExt(r *strictjson.Scanner) error {
	if r.Peek() != '{' {
		return r.Skip()
	}
	var eids strictjson.UniqueKey
	return r.Object(func(k strictjson.Key, _ strictjson.Span) error {
		is, err := eids.Matches(k, "eids")
		if !is {
			return orSkip(r, err)
		}
		return s.place(r, true)
	})
}

func (s *survey) place(r *strictjson.Scanner, inExt bool) error {
	if r.Peek() != '[' {
		return r.Skip()
	}
	p := place{Span: strictjson.Span{Start: r.At}, inExt: inExt, firstEID: len(s.eids)}
	err := r.Array(func(int) error { return s.eid(r, p.firstEID) })
	p.End, p.afterEIDs = r.At, len(s.eids)
	s.places = append(s.places, p)
	return err
}

// eid reads an element of a place; first is the index of the place's first eid.
func (s *survey) eid(r *strictjson.Scanner, first int) (err error) {
	e := eid{Span: strictjson.Span{Start: r.At}, firstUID: len(s.uids)}
	if r.Peek() == '{' {
		err = s.eidMembers(r, &e)
	} else {
		err = r.Skip()
	}
	e.End, e.afterUIDs = r.At, len(s.uids)
	if last := len(s.eids) - 1; last >= first && e.array.None() && s.eids[last].array.None() {
		s.eids[last].End = e.End
		return err
	}
	s.eids = append(s.eids, e)
	return err
}

func (s *survey) eidMembers(r *strictjson.Scanner, e *eid) error {
	var source, uids strictjson.UniqueKey
	return r.Object(func(k strictjson.Key, _ strictjson.Span) error {
		isSource, err := source.Matches(k, "source")
		if err != nil {
			return err
		}
		isUIDs, err := uids.Matches(k, "uids")
		switch {
		case isSource && r.Peek() == '"':
			name, err := r.Text()
			e.source = SourceOf(name.Decoded(r.Data))
			return err
		case isUIDs && r.Peek() == '[':
			e.array.Start = r.At
			err = r.Array(func(int) error { return s.uid(r, e.firstUID) })
			e.array.End = r.At
			return err
		}
		return orSkip(r, err)
	})
}

// uid reads an element of an eid's uids; first is the index of the first of them.
func (s *survey) uid(r *strictjson.Scanner, first int) (err error) {
	u := uid{Span: strictjson.Span{Start: r.At}}
	if r.Peek() == '{' {
		err = u.members(r)
	} else {
		err = r.Skip()
	}
	u.End = r.At
	if last := len(s.uids) - 1; last >= first && u.stays() && s.uids[last].stays() {
		s.uids[last].End = u.End
		return err
	}
	s.uids = append(s.uids, u)
	return err
}

func (u *uid) members(r *strictjson.Scanner) error {
	var id, ext strictjson.UniqueKey
	return r.Object(func(k strictjson.Key, _ strictjson.Span) (err error) {
		isID, err := id.Matches(k, "id")
		if err != nil {
			return err
		}
		isExt, err := ext.Matches(k, "ext")
		switch {
		case isID && r.Peek() == '"':
			u.id, err = r.Text()
		case isExt:
			u.ext, u.forged, err = uidExtOrOther(r)
		default:
			err = orSkip(r, err)
		}
		u.last = r.At
		return err
	})
}

// each calls f for each uid with an id in a UID2 or EUID eid, user.eids before user.ext.eids, until
// f returns false.
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
					if u := &s.uids[j]; u.id.End > u.id.Start && !f(e, u) {
						return
					}
				}
			}
		}
	}
}
