package strictjson

// Member is one member of an object to look for.
type Member struct {
	Name  string
	Value []byte // as written in the object, without white space around it; nil if there is no such member
}

// Members reads an object and sets the value of each of members that it has, as a part of object.
// It doesn't allocate unless a key has escape sequences.
//
// The error is [ErrAmbiguous] if a key occurs twice or in another letter case, since other readers
// may read such an object differently, [ErrMalformed] if object isn't a JSON object, as far as
// [Scanner.Skip] can see, and [ErrTooDeep] if it is nested deeper than [MaxDepth]. On error, the
// values are meaningless.
func Members(object []byte, members []Member) error {
	for i := range members {
		members[i].Value = nil
	}
	s := Scanner{Data: object}
	s.Space()
	err := s.Object(func(k Key, _ Span) error {
		to, err := lookUp(k, members)
		if err != nil {
			return err
		}
		value, err := s.Value()
		if to != nil {
			to.Value = value.Of(object)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.End()
}

// lookUp returns the member that a key names, or nil if it names none.
func lookUp(k Key, members []Member) (*Member, error) {
	for i := range members {
		m := &members[i]
		once := UniqueKey{seen: m.Value != nil}
		if is, err := once.Matches(k, m.Name); is || err != nil {
			return m, err
		}
	}
	return nil, nil
}
