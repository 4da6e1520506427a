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

// eid is one element of a place, or a run of elements of any type that can't change.
type eid struct {
	strictjson.Span
	source    Source
	named     bool            // a uid has an id
	forged    bool            // a uid has a forgery
	array     strictjson.Span // of uids; empty if nothing in it can change
	firstUID  int
	afterUIDs int
}

// stays reports whether an eid can't change: no uid is asked about, and none has a forgery.
func (e *eid) stays() bool { return !e.forged && (e.source == SourceOther || !e.named) }

// uid is one element of an eid's uids, or a run of elements of any type that stay as they are. A
// malicious request may have hundreds of thousands of them, so the struct is small.
type uid struct {
	strictjson.Span
	id      strictjson.Span // without its quotation marks; empty if there is no id, or if it isn't a string
	ext     strictjson.Span // empty if there is no ext
	room    int             // where a new member would go: of the ext or, if there is none, the ext
	escaped bool            // id has escape sequences
	filled  bool            // ext has members that aren't forgeries
	forged  bool            // ext has a forgery
	edit    uint8           // index into survey.edits
}

// text returns the id.
func (u *uid) text() strictjson.Text { return strictjson.Text{Span: u.id, Escaped: u.escaped} }

// named reports whether there is an id.
func (u *uid) named() bool { return u.id.End > u.id.Start }

// stays reports whether an element can't change, because it has neither an id nor a forgery.
func (u *uid) stays() bool { return !u.named() && !u.forged }

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

// Names of the keys on the way to a uid and to the name of a request.
var (
	requestKeys = strictjson.NewNames("user", "site", "app")
	userKeys    = strictjson.NewNames("eids", "ext")
	userExtKeys = strictjson.NewNames("eids")
	eidKeys     = strictjson.NewNames("source", "uids")
	uidKeys     = strictjson.NewNames("id", "ext")
)

// The numbers of requestKeys, and those of the others that have more than one.
const (
	userKey, siteKey, appKey = 0, 1, 2
	eidsKey, extKey          = 0, 1
	sourceKey, uidsKey       = 0, 1
	idKey, uidExtKey         = 0, 1
)

// request surveys a whole bid request.
func (s *survey) request(r *strictjson.Scanner) error {
	for w := r.Walk(&requestKeys); ; {
		name, err := w.Next()
		switch {
		case name == strictjson.End:
			return err
		case name != userKey:
			err = s.names.member(r, name, err)
		case err == nil && r.Peek() == '{':
			err = s.user(r)
		default:
			err = orSkip(r, err)
		}
		if err != nil {
			return err
		}
	}
}

// orSkip skips a value, unless there is an error already.
func orSkip(r *strictjson.Scanner, err error) error {
	if err != nil {
		return err
	}
	return r.Skip()
}

func (s *survey) user(r *strictjson.Scanner) error {
	for w := r.Walk(&userKeys); ; {
		name, err := w.Next()
		switch {
		case name == strictjson.End:
			return err
		case err == nil && name == eidsKey:
			err = s.place(r, false)
		case err == nil && name == extKey:
			err = s.userExt(r)
		default:
			err = orSkip(r, err)
		}
		if err != nil {
			return err
		}
	}
}

// userExt surveys user.ext, which may have any type.
func (s *survey) userExt(r *strictjson.Scanner) error {
	if r.Peek() != '{' {
		return r.Skip()
	}
	for w := r.Walk(&userExtKeys); ; {
		name, err := w.Next()
		switch {
		case name == strictjson.End:
			return err
		case err == nil && name == eidsKey:
			err = s.place(r, true)
		default:
			err = orSkip(r, err)
		}
		if err != nil {
			return err
		}
	}
}

func (s *survey) place(r *strictjson.Scanner, inExt bool) error {
	if r.Peek() != '[' {
		return r.Skip()
	}
	p := place{Span: strictjson.Span{Start: r.At}, inExt: inExt, firstEID: len(s.eids)}
	for first := true; ; first = false {
		if more, err := r.Element(first); !more {
			p.End, p.afterEIDs = r.At, len(s.eids)
			s.places = append(s.places, p)
			return err
		}
		if err := s.eid(r, p.firstEID); err != nil {
			return err
		}
	}
}

// eid reads an element of a place; first is the index of the place's first eid.
func (s *survey) eid(r *strictjson.Scanner, first int) (err error) {
	start := r.At
	if end := endOfForeign(r.Data, start); end > 0 {
		r.At = end
		s.staying(strictjson.Span{Start: start, End: end}, first)
		return nil
	}
	e := eid{firstUID: len(s.uids)}
	if r.Peek() == '{' {
		err = s.eidMembers(r, &e)
	} else {
		err = r.Skip()
	}
	e.Span, e.afterUIDs = strictjson.Span{Start: start, End: r.At}, len(s.uids)
	if e.stays() {
		clear(s.uids[e.firstUID:])
		s.uids = s.uids[:e.firstUID]
		s.staying(e.Span, first)
		return err
	}
	s.eids = append(s.eids, e)
	return err
}

// staying adds an element that can't change to the run of them before it, or begins one.
func (s *survey) staying(element strictjson.Span, first int) {
	if last := len(s.eids) - 1; last >= first && s.eids[last].array.None() {
		s.eids[last].End = element.End
		return
	}
	s.eids = append(s.eids, eid{Span: element, firstUID: len(s.uids), afterUIDs: len(s.uids)})
}

func (s *survey) eidMembers(r *strictjson.Scanner, e *eid) error {
	for w := r.Walk(&eidKeys); ; {
		name, err := w.Next()
		switch {
		case name == strictjson.End:
			return err
		case err == nil && name == sourceKey && r.Peek() == '"':
			var source strictjson.Text
			source, err = r.Text()
			e.source = SourceOf(source.Decoded(r.Data))
		case err == nil && name == uidsKey && r.Peek() == '[':
			err = s.uidsOf(r, e)
		default:
			err = orSkip(r, err)
		}
		if err != nil {
			return err
		}
	}
}

// uidsOf reads the uids of an eid.
func (s *survey) uidsOf(r *strictjson.Scanner, e *eid) error {
	e.array.Start = r.At
	for first := true; ; first = false {
		if more, err := r.Element(first); !more {
			e.array.End = r.At
			return err
		}
		if err := s.uid(r, e); err != nil {
			return err
		}
	}
}

// uid reads an element of an eid's uids.
func (s *survey) uid(r *strictjson.Scanner, e *eid) (err error) {
	u := uid{Span: strictjson.Span{Start: r.At}}
	if r.Peek() == '{' {
		err = u.members(r)
	} else {
		err = r.Skip()
	}
	u.End = r.At
	e.named, e.forged = e.named || u.named(), e.forged || u.forged
	if last := len(s.uids) - 1; last >= e.firstUID && u.stays() && s.uids[last].stays() {
		s.uids[last].End = u.End
		return err
	}
	s.uids = append(s.uids, u)
	return err
}

func (u *uid) members(r *strictjson.Scanner) error {
	for w := r.Walk(&uidKeys); ; {
		name, err := w.Next()
		switch {
		case name == strictjson.End:
			return err
		case err == nil && name == idKey && r.Peek() == '"':
			var id strictjson.Text
			id, err = r.Text()
			u.id, u.escaped = id.Span, id.Escaped
		case err == nil && name == uidExtKey:
			var has contents
			u.ext, has, err = uidExtOrOther(r)
			u.room, u.filled, u.forged = u.ext.Start+has.end, has.some, has.forged
		default:
			err = orSkip(r, err)
		}
		if err != nil {
			return err
		}
		if u.ext.None() {
			u.room = r.At
		}
	}
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
					if u := &s.uids[j]; u.named() && !f(e, u) {
						return
					}
				}
			}
		}
	}
}
