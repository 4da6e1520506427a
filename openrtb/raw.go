package openrtb

import (
	"iter"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// AnnotateRequest calls decide for the uids of a bid request in bytes, and appends the request,
// with the answers applied, to dst. Every byte outside of the edits stays as it is; where a uid, an
// eid or a forgery is removed, white space next to it may go too.
//
// On error, the request is appended unchanged, forgeries included, and decide hasn't been called.
// The id that decide gets is a view of req, and must not be kept: clone the string instead.
//
// It doesn't allocate if dst has room, except for strings with escape sequences and what decide
// allocates. dst and req must not overlap.
func AnnotateRequest(dst, req []byte, decide Decide) ([]byte, error) {
	s := surveys.Get().(*survey)
	defer s.putBack()
	if err := s.parse(req, (*survey).request); err != nil {
		return append(dst, req...), err
	}
	s.decide(req, 0, decide)
	return s.append(dst, req), nil
}

// AnnotateNamed is like [AnnotateRequest] for callers that also need the request's name, see
// [NameRaw]: both are found in one pass. The name, like the id, is a view of req.
func AnnotateNamed(dst, req []byte, decide func(name string, source Source, id string) Edit) ([]byte, error) {
	s := surveys.Get().(*survey)
	defer s.putBack()
	if err := s.parse(req, (*survey).request); err != nil {
		return append(dst, req...), err
	}
	s.decide(req, 0, func(source Source, id string) Edit { return decide(s.names.cached(), source, id) })
	return s.append(dst, req), nil
}

// UID is a uid of a UID2 or EUID eid, as it stands in a request.
type UID struct {
	Name   string // the request's, see [NameRaw]; "" from [UIDs], which sees the user alone
	Source Source
	ID     string
}

// UIDsRaw yields each uid that [AnnotateNamed] would ask about, in the same order. If the request
// can't be read, it yields that error with a zero UID, and nothing else. The texts of a UID are
// views of req, which must not change before the range ends. Ranged over where it is called, it
// doesn't allocate.
func UIDsRaw(req []byte) iter.Seq2[UID, error] {
	return func(yield func(UID, error) bool) {
		s := surveys.Get().(*survey)
		defer s.putBack()
		if err := s.parse(req, (*survey).request); err != nil {
			yield(UID{}, err)
			return
		}
		s.visit(req, 0, func(source Source, id string) bool { return yield(UID{s.names.cached(), source, id}, nil) })
	}
}

func (s *survey) putBack() {
	s.forget()
	if !s.oversized() {
		surveys.Put(s)
	}
}

// visit calls f for each uid with an id until MaxUIDs have been visited, and returns how many have
// been. visited is the number before.
func (s *survey) visit(data []byte, visited int, f func(source Source, id string) bool) int {
	s.each(func(e *eid, u *uid) bool {
		if visited == MaxUIDs {
			return false
		}
		visited++
		return f(e.source, view(u.text().Decoded(data)))
	})
	return visited
}

// decide calls f for each uid with an id and stores the edits. asked is the number of uids that it
// was called for before.
func (s *survey) decide(data []byte, asked int, f Decide) {
	s.each(func(e *eid, u *uid) bool {
		if asked == MaxUIDs {
			return false
		}
		asked++
		edit := f(e.source, view(u.text().Decoded(data)))
		if edit.Action == Keep || edit.Action == Annotate && !annotatable(u.ext.Of(data)) {
			return true
		}
		u.edit = uint8(len(s.edits)) // at most MaxUIDs
		s.edits = append(s.edits, edit)
		return true
	})
}

// annotatable reports whether a uid with this ext, or without one, can be annotated.
func annotatable(ext []byte) bool { return isNone(ext) || isObject(ext) }

// edited reports whether anything is to change.
func (s *survey) edited() bool {
	if len(s.edits) > 1 {
		return true
	}
	for i := range s.uids {
		if s.uids[i].forged {
			return true
		}
	}
	return false
}

// removed reports whether a uid is to be removed.
func (s *survey) removed(u *uid) bool { return s.edits[u.edit].Action == Remove }

// append appends data with all edits applied.
func (s *survey) append(dst, data []byte) []byte {
	if !s.edited() {
		return append(dst, data...)
	}
	at := 0
	for i := range s.places {
		p := &s.places[i]
		dst = append(dst, data[at:p.Start]...)
		dst = s.appendPlace(dst, data, p)
		at = p.End
	}
	return append(dst, data[at:]...)
}

func (s *survey) appendPlace(dst, data []byte, p *place) []byte {
	a := array{data: data, Span: p.Span}
	for i := p.firstEID; i < p.afterEIDs; i++ {
		a.drops = a.drops || s.empties(&s.eids[i])
	}
	dst = a.begin(dst)
	for i := p.firstEID; i < p.afterEIDs; i++ {
		e := &s.eids[i]
		if a.drops && s.empties(e) {
			continue
		}
		dst = s.appendEID(a.before(dst, e.Span), data, e)
		a.at = e.End
	}
	return a.finish(dst)
}

// empties reports whether the edits remove all uids of an eid.
func (s *survey) empties(e *eid) bool {
	for i := e.firstUID; i < e.afterUIDs; i++ {
		if !s.removed(&s.uids[i]) {
			return false
		}
	}
	return e.afterUIDs > e.firstUID
}

func (s *survey) appendEID(dst, data []byte, e *eid) []byte {
	if e.array.None() {
		return append(dst, e.Of(data)...)
	}
	dst = append(dst, data[e.Start:e.array.Start]...)
	a := array{data: data, Span: e.array}
	for i := e.firstUID; i < e.afterUIDs; i++ {
		a.drops = a.drops || s.removed(&s.uids[i])
	}
	dst = a.begin(dst)
	for i := e.firstUID; i < e.afterUIDs; i++ {
		u := &s.uids[i]
		if s.removed(u) {
			continue
		}
		dst = u.append(a.before(dst, u.Span), data, &s.edits[u.edit])
		a.at = u.End
	}
	dst = a.finish(dst)
	return append(dst, data[e.array.End:e.End]...)
}

// append appends one uid with its edit applied.
func (u *uid) append(dst, data []byte, edit *Edit) []byte {
	at := u.Start
	var annotation *Annotation
	switch {
	case edit.Action == Annotate:
		annotation = &edit.Annotation
	case edit.Action == Replace && (u.ext.None() || u.id.Start < u.ext.Start):
		dst, at = u.appendID(dst, data, at, edit.ID)
	}
	switch {
	case !u.ext.None() && (u.forged || annotation != nil):
		dst = append(dst, data[at:u.ext.Start]...)
		has := contents{u.room - u.ext.Start, u.filled, u.forged}
		dst, at = appendExt(dst, u.ext.Of(data), has, annotation), u.ext.End
	case annotation != nil:
		dst = append(append(dst, data[at:u.room]...), `,"ext":`...)
		dst, at = appendExt(dst, nil, contents{}, annotation), u.room
	}
	if edit.Action == Replace && !u.ext.None() && u.id.Start > u.ext.Start {
		dst, at = u.appendID(dst, data, at, edit.ID)
	}
	return append(dst, data[at:u.End]...)
}

// appendID appends the data from at up to the id, then the new id, and returns where the old one
// ends.
func (u *uid) appendID(dst, data []byte, at int, id string) ([]byte, int) {
	dst = append(dst, data[at:u.id.Start-1]...)
	return appendQuoted(dst, id), u.id.End + 1
}

// array writes the elements of an array one by one. Nothing between them changes unless elements
// are dropped.
type array struct {
	data []byte
	strictjson.Span
	drops bool // some elements are dropped, so the commas are rewritten
	at    int  // end of the last element that was written
}

func (a *array) begin(dst []byte) []byte {
	a.at = a.Start
	if a.drops {
		return append(dst, '[')
	}
	return dst
}

// before writes what goes before an element.
func (a *array) before(dst []byte, element strictjson.Span) []byte {
	switch {
	case !a.drops:
		return append(dst, a.data[a.at:element.Start]...)
	case a.at > a.Start:
		return append(dst, ',')
	}
	return dst
}

func (a *array) finish(dst []byte) []byte {
	if a.drops {
		return append(dst, ']')
	}
	return append(dst, a.data[a.at:a.End]...)
}
