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
		if s.searcher == nil {
			s.searcher = newSearcher(s.raws)
		}
		at = searchRun(s.searcher, text, start, &r)
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
func searchRun[T string | []byte](s *searcher, text T, start int, r *result) int {
	s.stack.reset()
	padding := false // a match ends here, and its padding may follow
	for at := start; at < len(text); {
		switch next, over := skim(s, text, at); {
		case over:
			return next + 1
		case next > at:
			at = next
		case values[text[at]] == ends && !(padding && text[at] == '='):
			return at + 1
		default:
			at = pushNext(s, text, at)
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

// pushNext pushes what stands at a place, and returns where to go on. It takes short cuts to what byte by byte would come
// to the same: runs of backslashes, and escapes of URLs.
func pushNext[T string | []byte](s *searcher, text T, at int) int {
	switch c := text[at]; {
	case c == '%' && at+2 < len(text) && hexDigits[text[at+1]] < 16 && hexDigits[text[at+2]] < 16:
		s.stack.push(hexDigits[text[at+1]]<<4|hexDigits[text[at+2]], at, 1)
		return at + 3
	case c == '\\':
		s.stack.push(c, at, 0)
		for at++; at < len(text) && text[at] == c; at++ {
		}
		return at
	default:
		s.stack.push(c, at, 0)
		return at + 1
	}
}

// kept is how many tokens skim leaves on the stack: what a comparison or a character reference may look back at.
const kept = 64

// skim reads base64 characters that can't complete an escape, until behind one with which a raw UID may end. Only the
// last ones get tokens, and none do if nothing that follows can be part of a match: over. It returns where it stopped.
func skim[T string | []byte](s *searcher, text T, start int) (at int, over bool) {
	before := s.stack.top()
	if before.since < escapeReach {
		return start, false
	}
	at, end := start, before.values
	enough, candidate := start+minRun-int(before.run), false
	for at < len(text) && !candidate {
		v := values[text[at]]
		if v >= other {
			break
		}
		at++
		end = end<<6 | uint64(v)
		candidate = s.known(end) && at >= enough
	}
	if at > start && !candidate && isOver(text, at) {
		return at, true
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
	return at, false
}

// isOver reports whether a byte that can't be part of a match stands at this place, or after one that makes nothing of
// what precedes it.
func isOver[T string | []byte](text T, at int) bool {
	return at == len(text) || values[text[at]] == ends || text[at] != ';' && (at+1 == len(text) || values[text[at+1]] == ends)
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
