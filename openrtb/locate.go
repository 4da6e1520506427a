package openrtb

// Location is where a uid that [UIDsRaw] yields stands in a request: the object, without white
// space around it.
type Location struct {
	Source     Source
	Start, End int
}

// Locate returns the locations of the uids that [UIDsRaw] yields, in the same order. It is for
// programs that show a request to people; annotating needs none of it.
func Locate(req []byte) ([]Location, error) {
	s := surveys.Get().(*survey)
	defer s.putBack()
	if err := s.parse(req, (*survey).request); err != nil {
		return nil, err
	}
	var found []Location
	s.each(func(e *eid, u *uid) bool {
		found = append(found, Location{e.source, u.Start, u.End})
		return len(found) < MaxUIDs
	})
	return found, nil
}
