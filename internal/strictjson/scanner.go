package strictjson

// Span is a part of the input: [Start, End).
type Span struct{ Start, End int }

// Of returns the bytes of a span.
func (s Span) Of(data []byte) []byte { return data[s.Start:s.End] }

// None reports whether nothing was found: no part of a document ends at 0.
func (s Span) None() bool { return s.End == 0 }

// Scanner parses JSON strictly, as RFC 8259 defines it, and returns the positions of values. Only
// [Scanner.Skip] is less strict, and a scanner that was made [Scanner.Lenient]. Data is the
// document, At the current position. It allocates only the decoded form of strings with escape
// sequences. A scanner must not be used by several goroutines at once.
type Scanner struct {
	Data    []byte
	At      int
	depth   int
	lenient bool
}

// Space skips the white space before a value or a bracket.
func (s *Scanner) Space() {
	for s.At < len(s.Data) && isSpace(s.Data[s.At]) {
		s.At++
	}
}

// Peek returns the next byte, or 0 at the end.
func (s *Scanner) Peek() byte {
	if s.At < len(s.Data) {
		return s.Data[s.At]
	}
	return 0
}

// take reads one byte that must be c.
func (s *Scanner) take(c byte) error {
	if s.Peek() != c {
		return ErrMalformed
	}
	s.At++
	return nil
}

// Value reads any value as [Scanner.Skip] does, and returns its span.
func (s *Scanner) Value() (Span, error) {
	start := s.At
	err := s.Skip()
	return Span{start, s.At}, err
}

// Object reads an object. member is called at the value of each member, and must read it; quoted is
// the key with its quotation marks.
func (s *Scanner) Object(member func(k Key, quoted Span) error) error {
	for w := s.Walk(&noNames); ; {
		name, err := w.Next()
		if err != nil || name == End {
			return err
		}
		if err := member(w.Key(), w.Quoted()); err != nil {
			return err
		}
	}
}

// Array reads an array. element is called at each element, and must read it.
func (s *Scanner) Array(element func(i int) error) error {
	for i := 0; ; i++ {
		if more, err := s.Element(i == 0); !more {
			return err
		}
		if err := element(i); err != nil {
			return err
		}
	}
}

// Element moves to the next element of an array, which the caller must read, and reports whether
// there is one. Before the first one it reads the opening bracket, behind the last one the closing
// one.
func (s *Scanner) Element(first bool) (more bool, err error) {
	if !first && s.Peek() == ',' {
		s.At++
		s.Space()
		return true, nil
	}
	return s.step(first, '[', ']')
}

// End returns nil if only white space is left, and otherwise ErrMalformed.
func (s *Scanner) End() error {
	if s.Space(); s.At != len(s.Data) {
		return ErrMalformed
	}
	return nil
}

// step moves to the first or next member or element, or behind the closing bracket.
func (s *Scanner) step(first bool, opening, closing byte) (more bool, err error) {
	if first {
		if err := s.take(opening); err != nil {
			return false, err
		}
		if s.depth++; s.depth > MaxDepth {
			return false, ErrTooDeep
		}
	}
	s.Space()
	switch c := s.Peek(); {
	case c == closing:
		s.At++
		s.depth--
		return false, nil
	case first:
		return true, nil
	case c == ',':
		s.At++
		s.Space()
		return true, nil
	}
	return false, ErrMalformed
}
