package redact

// partChars is how many characters of a raw UID in a row are a part of it: 60 of its bits.
const partChars = 10

// Parts returns text without pieces of the raw UIDs of s, of at least 10 characters in a row that stand as
// they are, in either alphabet, and how many it found. It is for texts that others cut: an error message
// may quote the host of an address in which a raw UID stood, and a slash of the raw UID ended the host.
//
// Its time is linear in the text. If there is none it returns text itself; otherwise text stays as it was.
func (s *Set) Parts(text []byte) ([]byte, int) {
	if !mayHaveParts(text) {
		return text, 0
	}
	if s.parts == nil {
		s.parts = partsOf(s.raws)
	}
	var r result
	end := 0 // of the last part found
	var last uint64
	run := 0
	for at, c := range text {
		v := values[c]
		if v >= other {
			run = 0
			continue
		}
		run++
		last = (last<<6 | uint64(v)) & (1<<(6*partChars) - 1)
		if run < partChars || !s.parts[last] {
			continue
		}
		if start := at + 1 - partChars; start >= end {
			r.clean = append(append(r.clean, text[r.copied:max(escapeStart(text, start), r.copied)]...), Replacement...)
			r.found++
		}
		end = at + 1
		r.copied = end
	}
	if r.found == 0 {
		return text, 0
	}
	return append(r.clean, text[r.copied:]...), r.found
}

// mayHaveParts reports whether there are enough characters in a row. Most texts are of short words.
func mayHaveParts(text []byte) bool {
	run := 0
	for _, c := range text {
		if run++; values[c] >= other {
			run = 0
		}
		if run == partChars {
			return true
		}
	}
	return false
}

// partsOf returns every part of the raw UIDs, as base64 values of six bits each.
func partsOf(raws []string) map[uint64]bool {
	parts := make(map[uint64]bool, len(raws)*(maxChars-partChars+1))
	for _, raw := range raws {
		var part uint64
		for i, c := range []byte(unpadded(raw)) {
			part = (part<<6 | uint64(values[c])) & (1<<(6*partChars) - 1)
			if i+1 >= partChars {
				parts[part] = true
			}
		}
	}
	return parts
}
