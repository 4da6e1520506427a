package openrtb

import (
	"encoding/json"
	"iter"
	"slices"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// AnnotateUser does what [AnnotateRequest] does, on a user of github.com/prebid/openrtb: in
// user.EIDs and in the eids of user.Ext. It returns the same user and false if nothing changes;
// otherwise a copy, which shares unchanged parts with user, and true. user is never modified, and
// may be nil.
//
// On error, nothing is changed and user is returned as it is, forgeries included: a caller that
// must not pass those on has to drop the eids.
func AnnotateUser(user *openrtb2.User, decide Decide) (*openrtb2.User, bool, error) {
	if user == nil {
		return nil, false, nil
	}
	t := typed{decide: decide}
	if len(user.Ext) == 0 {
		eids, err := t.eids(user.EIDs)
		return t.edited(user, eids, user.Ext, err)
	}
	s := surveys.Get().(*survey)
	defer s.putBack()
	if err := s.parse(user.Ext, (*survey).userExt); err != nil {
		return user, false, err
	}
	eids, err := t.eids(user.EIDs)
	if err != nil {
		return user, false, err
	}
	ext := user.Ext
	if s.decide(ext, t.asked, decide); s.edited() {
		if edited := s.append(make([]byte, 0, len(ext)+annotationRoom), ext); string(edited) != string(ext) {
			ext, t.changed = edited, true
		}
	}
	return t.edited(user, eids, ext, nil)
}

// edited returns a copy of the user with these eids, or the user if nothing changed.
func (t *typed) edited(user *openrtb2.User, eids []openrtb2.EID, ext json.RawMessage, err error) (*openrtb2.User, bool, error) {
	if !t.changed || err != nil {
		return user, false, err
	}
	annotated := *user
	annotated.EIDs, annotated.Ext = eids, ext
	return &annotated, true, nil
}

// UIDs yields each uid that [AnnotateUser] would ask about, in the same order. If user.Ext can't be
// read, it yields that error with a zero UID, and nothing else. user may be nil. Ranged over where
// it is called, it doesn't allocate.
func UIDs(user *openrtb2.User) iter.Seq2[UID, error] {
	return func(yield func(UID, error) bool) {
		if user == nil {
			return
		}
		show := func(source Source, id string) bool { return yield(UID{Source: source, ID: id}, nil) }
		if len(user.Ext) == 0 {
			showTyped(user.EIDs, show)
			return
		}
		s := surveys.Get().(*survey)
		defer s.putBack()
		if err := s.parse(user.Ext, (*survey).userExt); err != nil {
			yield(UID{}, err)
			return
		}
		if shown, more := showTyped(user.EIDs, show); more {
			s.visit(user.Ext, shown, show)
		}
	}
}

// showTyped calls show for each uid with an id, as long as not more than MaxUIDs were shown. It
// returns how many were, and reports whether there may be more.
func showTyped(eids []openrtb2.EID, show func(source Source, id string) bool) (shown int, more bool) {
	for i := range eids {
		source := SourceOf(eids[i].Source)
		if source == SourceOther {
			continue
		}
		for j := range eids[i].UIDs {
			id := eids[i].UIDs[j].ID
			if id == "" {
				continue
			}
			if shown == MaxUIDs || !show(source, id) {
				return shown, false
			}
			shown++
		}
	}
	return shown, true
}

// annotationRoom is enough for an annotation and what is around it, so that an ext is built in one
// allocation.
const annotationRoom = 320

// typed edits eids that are structs.
type typed struct {
	decide  Decide
	asked   int
	changed bool
}

// eids returns the given slice, or a copy if anything in it changes.
func (t *typed) eids(given []openrtb2.EID) ([]openrtb2.EID, error) {
	eids := given
	copied := false
	kept := 0
	for i := range given {
		uids, changed, err := t.uids(&given[i])
		if err != nil {
			return given, err
		}
		if changed && !copied {
			eids, copied = slices.Clone(given), true
		}
		if changed && len(uids) == 0 {
			continue
		}
		if copied {
			eids[kept] = given[i]
			eids[kept].UIDs = uids
		}
		kept++
	}
	t.changed = t.changed || copied
	return eids[:kept], nil
}

// uids returns the uids of an eid, or an edited copy.
func (t *typed) uids(e *openrtb2.EID) (_ []openrtb2.UID, changed bool, err error) {
	uids := e.UIDs
	source := SourceOf(e.Source)
	kept := 0
	for i := range e.UIDs {
		given := &e.UIDs[i]
		edited, remove, err := t.uid(source, given)
		if err != nil {
			return e.UIDs, false, err
		}
		differs := remove || edited.ID != given.ID || string(edited.Ext) != string(given.Ext)
		if differs && !changed {
			uids, changed = slices.Clone(e.UIDs), true
		}
		if remove {
			continue
		}
		if changed {
			uids[kept] = edited
		}
		kept++
	}
	return uids[:kept], changed, nil
}

// uid returns an edited copy of one uid.
func (t *typed) uid(source Source, given *openrtb2.UID) (edited openrtb2.UID, remove bool, err error) {
	edited = *given
	ext, has, err := surveyTypedExt(given.Ext)
	if err != nil {
		return edited, false, err
	}
	var edit Edit
	if source != SourceOther && given.ID != "" && t.asked < MaxUIDs {
		t.asked++
		edit = t.decide(source, given.ID)
	}
	switch edit.Action {
	case Remove:
		return edited, true, nil
	case Replace:
		edited.ID = edit.ID
	case Annotate:
		if annotatable(ext) {
			edited.Ext = appendExt(make([]byte, 0, len(ext)+annotationRoom), ext, has, &edit.Annotation)
			return edited, false, nil
		}
	}
	if has.forged {
		edited.Ext = appendExt(nil, ext, has, nil)
	}
	return edited, false, nil
}

// surveyTypedExt validates the ext of a uid, and trims the white space around it.
func surveyTypedExt(given json.RawMessage) (ext []byte, has contents, err error) {
	if len(given) == 0 {
		return nil, contents{}, nil
	}
	r := strictjson.Scanner{Data: given}
	r.Space()
	value, has, err := uidExtOrOther(&r)
	if err != nil {
		return nil, contents{}, err
	}
	return value.Of(given), has, r.End()
}
