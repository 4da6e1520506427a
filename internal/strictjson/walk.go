package strictjson

// Walk goes from member to member of an object, and finds those with certain names:
//
//	for w := s.Walk(&names); ; {
//		name, err := w.Next()
//		if err != nil || name == End {
//			return err
//		}
//		err = s.Skip() // or read the value
//	}
type Walk struct {
	s     *Scanner
	names *Names
	key   Text
	seen  uint8 // one bit for each name
	begun bool
}

// What [Walk.Next] returns in place of the number of a name.
const (
	Other = -1 // a key that is none of the names, nor looks like one
	End   = -2 // there are no more members
)

// Walk begins to read an object. The names must not be changed.
func (s *Scanner) Walk(names *Names) Walk { return Walk{s: s, names: names} }

// Key returns the key of the latest member.
func (w *Walk) Key() Key { return Key{w.key.Decoded(w.s.Data)} }

// Quoted returns where that key stands, with its quotation marks.
func (w *Walk) Quoted() Span { return Span{w.key.Start - 1, w.key.End + 1} }

// Next moves to the value of the next member, which the caller must read, and returns the number of
// the name that its key is. With [ErrAmbiguous], the key is that name a second time, or in another
// letter case, and the caller may read on; not so with any other error.
func (w *Walk) Next() (name int, err error) {
	s := w.s
	if w.begun && s.Peek() == ',' {
		s.At++
		s.Space()
	} else if more, err := s.step(!w.begun, '{', '}'); !more {
		return End, err
	}
	w.begun = true

	name, bit, end := w.names.plainKey(s.Data, s.At)
	if end == 0 || w.seen&bit != 0 {
		return w.anyKey()
	}
	w.seen |= bit
	w.key = Text{Span: Span{s.At + 1, end - 2}}
	s.At = end
	s.Space()
	return name, nil
}

// anyKey is Next from the key on, however that is written.
func (w *Walk) anyKey() (name int, err error) {
	s := w.s
	if w.key, err = s.Text(); err != nil {
		return Other, err
	}
	s.Space()
	if err := s.take(':'); err != nil {
		return Other, err
	}
	s.Space()
	name, exact := w.names.find(w.Key())
	if name == Other {
		return Other, nil
	}
	bit := uint8(1) << name
	if !exact || w.seen&bit != 0 {
		return name, ErrAmbiguous
	}
	w.seen |= bit
	return name, nil
}
