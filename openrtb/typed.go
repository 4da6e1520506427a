package openrtb

import (
	"encoding/json"
	"slices"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// AnnotateUser does what [AnnotateRequest] does on a user of github.com/prebid/openrtb, in user.EIDs and in the eids of
// user.Ext. It returns the same user and false if nothing changes; otherwise a copy, which shares unchanged parts with the
// given one. That is never modified. user may be nil.
//
// If there is an error, nothing is changed and the user is returned as it was, forgeries included: a caller who must not
// pass those on has to drop the eids.
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
	if err := s.of(user.Ext, (*survey).userExt); err != nil {
		return user, false, err
	}
	eids, err := t.eids(user.EIDs)
	if err != nil {
		return user, false, err
	}
	ext := user.Ext
	if s.ask(ext, t.asked, decide); s.edited() {
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

// EachUID calls f for each uid that [AnnotateUser] would ask about, in the same order, until f returns false.
func EachUID(user *openrtb2.User, f func(source Source, id string) bool) error {
	if user == nil {
		return nil
	}
	if len(user.Ext) == 0 {
		eachTyped(user.EIDs, f)
		return nil
	}
	s := surveys.Get().(*survey)
	defer s.putBack()
	if err := s.of(user.Ext, (*survey).userExt); err != nil {
		return err
	}
	if shown, more := eachTyped(user.EIDs, f); more {
		s.show(user.Ext, shown, f)
	}
	return nil
}

// eachTyped is EachUID for user.eids. It returns how many it showed, and reports whether there may be more.
func eachTyped(eids []openrtb2.EID, f func(source Source, id string) bool) (shown int, more bool) {
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
			if shown == MaxUIDs || !f(source, id) {
				return shown, false
			}
			shown++
		}
	}
	return shown, true
}

// annotationRoom is room for an annotation and what is around it, so that it is written into one piece of memory.
const annotationRoom = 320

// typed edits eids as structs.
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
	ext, forged, err := surveyTypedExt(given.Ext)
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
			edited.Ext = appendExt(make([]byte, 0, len(ext)+annotationRoom), ext, &edit.Annotation)
			return edited, false, nil
		}
	}
	if forged {
		edited.Ext = appendExt(nil, ext, nil)
	}
	return edited, false, nil
}

// surveyTypedExt validates the ext of a uid, and takes the space around it off.
func surveyTypedExt(given json.RawMessage) (ext []byte, forged bool, err error) {
	if len(given) == 0 {
		return nil, false, nil
	}
	r := strictjson.Scanner{Data: given}
	r.Space()
	value, forged, err := uidExtOrOther(&r)
	if err != nil {
		return nil, false, err
	}
	return value.Of(given), forged, r.End()
}
