package redact

const (
	// maxTaken is how many characters of a raw UID an escape before it may take for its own, as \u0 takes 041 for an A.
	maxTaken = 12
	// maxSpan is how far back from its end a raw UID may begin in such an escape, in bytes.
	maxSpan = 32
	// nearEscapes is how many tokens are looked at for such an escape, from where the comparison failed: it may have
	// failed later, because the escape happens to stand for its own last digit.
	nearEscapes = 4
)

// compare looks for a raw UID that ends with the top of the stack, at end. It returns where the raw UID starts and how
// many characters it has, or 0 characters.
func compare[T string | []byte](s *searcher, text T, end int) (start, chars int) {
	want := tail(s.stack.top().values)
	for slot := s.slot(want); s.slots[slot] != 0; slot = s.next(slot) {
		i := s.slots[slot] - 1
		if s.tails[i] != want {
			continue
		}
		if start, ok := compareOne(s, text, end, s.raws[i]); ok {
			return start, len(s.raws[i])
		}
	}
	return 0, 0
}

func compareOne[T string | []byte](s *searcher, text T, end int, raw []byte) (start int, ok bool) {
	tokens := s.stack.tokens[:s.stack.n]
	for at := len(tokens) - 1; at >= 0; at-- {
		s.stack.steps++
		i := len(raw) - len(tokens) + at // which character of raw this token is
		if values[tokens[at].char] != raw[i] {
			return startInside(s, text, end, raw, at)
		}
		if i == 0 {
			return tokens[at].start, true
		}
	}
	return 0, false
}

// startInside looks for the beginning of raw in an escape, where the tokens differ from it at one of its first
// characters. All tokens behind are as raw has them.
func startInside[T string | []byte](s *searcher, text T, end int, raw []byte, at int) (start int, ok bool) {
	tokens := s.stack.tokens[:s.stack.n]
	for stop := at + nearEscapes; at < stop && at < len(tokens); at++ {
		i := len(raw) - len(tokens) + at
		if i >= maxTaken {
			return 0, false
		}
		to := end
		if at+1 < len(tokens) {
			to = tokens[at+1].start
		}
		for from := to - 1; from > tokens[at].start && from >= to-maxSpan; from-- {
			if spells(s, text[from:to], raw[:i+1]) {
				return tokens[at].start, true
			}
		}
	}
	return 0, false
}

// spells reports whether text, read by itself, is the given characters.
func spells[T string | []byte](s *searcher, text T, chars []byte) bool {
	s.probe.steps += len(text)
	s.probe.reset()
	for i := range len(text) {
		s.probe.push(text[i], i, 0)
	}
	if s.probe.n-1 != len(chars) {
		return false
	}
	for i, v := range chars {
		if values[s.probe.tokens[i+1].char] != v {
			return false
		}
	}
	return true
}
