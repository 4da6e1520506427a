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
	if err := s.open('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		s.Space()
		if s.Peek() == '}' && first {
			return s.close()
		}
		start := s.At
		text, err := s.Text()
		if err != nil {
			return err
		}
		quoted := Span{start, s.At}
		s.Space()
		if err := s.take(':'); err != nil {
			return err
		}
		s.Space()
		if err := member(Key{text.Decoded(s.Data)}, quoted); err != nil {
			return err
		}
		if done, err := s.next('}'); done || err != nil {
			return err
		}
	}
}

// Array reads an array. element is called at each element, and must read it.
func (s *Scanner) Array(element func(i int) error) error {
	if err := s.open('['); err != nil {
		return err
	}
	for i := 0; ; i++ {
		s.Space()
		if s.Peek() == ']' && i == 0 {
			return s.close()
		}
		if err := element(i); err != nil {
			return err
		}
		if done, err := s.next(']'); done || err != nil {
			return err
		}
	}
}

// End returns nil if only white space is left, and otherwise ErrMalformed.
func (s *Scanner) End() error {
	if s.Space(); s.At != len(s.Data) {
		return ErrMalformed
	}
	return nil
}

func (s *Scanner) open(bracket byte) error {
	if err := s.take(bracket); err != nil {
		return err
	}
	if s.depth++; s.depth > MaxDepth {
		return ErrTooDeep
	}
	return nil
}

func (s *Scanner) close() error {
	s.At++
	s.depth--
	return nil
}

// next reads the comma before another element, or the closing bracket.
func (s *Scanner) next(bracket byte) (done bool, err error) {
	s.Space()
	switch s.Peek() {
	case ',':
		s.At++
		return false, nil
	case bracket:
		return true, s.close()
	}
	return false, ErrMalformed
}
