package redact

// Bytes returns text without the raw UIDs of s, and how many it found. If there is none it returns text itself and
// allocates nothing; otherwise text stays as it was.
func (s *Set) Bytes(text []byte) ([]byte, int) { return search(s, text) }

// String is [Set.Bytes] for strings.
func (s *Set) String(text string) (string, int) { return search(s, text) }

// result is the text without raw UIDs as far as it was read.
type result struct {
	clean  []byte
	copied int // how much of the text is in clean, or was left out
	found  int
}

func search[T string | []byte](s *Set, text T) (T, int) {
	var r result
	for at := 0; ; {
		start, ok := nextRun(text, at)
		if !ok {
			break
		}
		at = searchRun(s, text, start, &r)
	}
	if r.found == 0 {
		return text, 0
	}
	return T(append(r.clean, text[r.copied:]...)), r.found
}

// nextRun finds the next place from which there are enough bytes that may be part of a match. It looks first where such
// a place would end, so that it jumps over most of them.
func nextRun[T string | []byte](text T, start int) (int, bool) {
	for read := start; start+minChars <= len(text); {
		next := start + minChars
		at := next - 1
		for at >= read && values[text[at]] != ends {
			at--
		}
		if at < read {
			return start, true
		}
		start, read = at+1, next
	}
	return 0, false
}

// minRun is how many characters of a match come after the last escape that may have taken its beginning.
const minRun = minChars - maxTaken

// searchRun reads on from start until a byte that can't be part of a match, and returns where to go on.
func searchRun[T string | []byte](s *Set, text T, start int, r *result) int {
	s.stack.reset()
	padding := false // a match ends here, and its padding may follow
	for at := start; at < len(text); {
		if next := skim(s, text, at); next > at {
			at = next
		} else if c := text[at]; values[c] != ends || c == '=' && padding {
			s.stack.push(c, at)
			at++
		} else {
			return at + 1
		}
		switch t := s.stack.top(); {
		case padding && t.char == '=' && t.start == r.copied:
			r.copied, padding = at, false
			s.stack.reset()
		case t.run >= minRun && s.known(t.values):
			if from, chars := compare(s, text, at); chars > 0 {
				from = max(escapeStart(text, from), r.copied)
				r.clean = append(append(r.clean, text[r.copied:from]...), Replacement...)
				r.found, r.copied = r.found+1, at
				padding = chars == minChars
				s.stack.reset()
			}
		}
	}
	return len(text)
}

// kept is how many tokens skim leaves on the stack: what a comparison or a character reference may look back at.
const kept = 64

// skim reads base64 characters that can't complete an escape, until behind one with which a raw UID may end. Only the
// last ones get tokens. It returns where it stopped.
func skim[T string | []byte](s *Set, text T, start int) int {
	before := s.stack.top()
	if before.since < escapeReach {
		return start
	}
	at, end := start, before.values
	enough := start + minRun - int(before.run)
	for at < len(text) {
		v := values[text[at]]
		if v >= other {
			break
		}
		at++
		if end = end<<6 | uint64(v); s.known(end) && at >= enough {
			break
		}
	}
	from := start
	if at-start > kept {
		from = at - kept
		s.stack.tokens[0] = token{since: far, run: before.run + int32(from-start)}
		s.stack.n = 1
	}
	for ; from < at; from++ {
		s.stack.add(text[from], from)
	}
	return at
}

// escapeStart returns start, or if an escape of JSON begins shortly before it and would be cut in two, where the
// backslashes of that begin.
func escapeStart[T string | []byte](text T, start int) int {
	for at := start - 1; at >= 0 && at >= start-5; at-- {
		if text[at] != '\\' {
			continue
		}
		if at+1 < start && text[at+1] != 'u' {
			break
		}
		for at > 0 && text[at-1] == '\\' {
			at--
		}
		return at
	}
	return start
}
