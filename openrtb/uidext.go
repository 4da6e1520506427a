package openrtb

const annotationKey = "uid2"

// isObject tells whether JSON that starts without space is an object.
func isObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

func isNull(value []byte) bool { return string(value) == "null" }

// isForgery tells whether a member of a uid's ext would be read as an annotation, by readers that don't mind letter case
// too.
func isForgery(k key) bool { return k.looksLike(annotationKey) }

// appendExt appends the ext of a uid, without forgeries and with the annotation, if there is one. ext is valid JSON
// without space around it, or empty if the uid has none.
func appendExt(dst, ext []byte, annotation *Annotation) []byte {
	if len(ext) == 0 || isNull(ext) {
		if annotation == nil {
			return append(dst, ext...)
		}
		return append(appendAnnotation(append(dst, '{'), 0, annotation), '}')
	}
	if !isObject(ext) {
		return append(dst, ext...)
	}
	s := scanner{data: ext}
	members, forgeries, end, _ := s.uidExt() // it was read before
	if forgeries == 0 {
		dst = append(dst, ext[:end]...)
		dst = appendAnnotation(dst, members, annotation)
		return append(dst, ext[end:]...)
	}
	dst = appendWithoutForgeries(append(dst, '{'), ext)
	return append(appendAnnotation(dst, members, annotation), '}')
}

// appendAnnotation appends the member uid2 to an object that has so many members already.
func appendAnnotation(dst []byte, members int, annotation *Annotation) []byte {
	if annotation == nil {
		return dst
	}
	if members > 0 {
		dst = append(dst, ',')
	}
	return annotation.AppendJSON(append(dst, `"`+annotationKey+`":`...))
}

// uidExt reads an object that is the ext of a uid. It counts the members that aren't forgeries and those that are, and
// returns where another one would go.
func (s *scanner) uidExt() (members, forgeries, end int, err error) {
	end = s.at + 1
	err = s.object(func(k key, _ span) error {
		err := s.skip()
		if isForgery(k) {
			forgeries++
		} else {
			members++
		}
		end = s.at
		return err
	})
	return members, forgeries, end, err
}

// uidExtOrOther reads the ext of a uid, whatever its type, and tells whether there is a forgery in it.
func (s *scanner) uidExtOrOther() (ext span, forged bool, err error) {
	if s.peek() != '{' {
		ext, err = s.value()
		return ext, false, err
	}
	start := s.at
	_, forgeries, _, err := s.uidExt()
	return span{start, s.at}, forgeries > 0, err
}

// appendWithoutForgeries appends the members of an object, without its braces.
func appendWithoutForgeries(dst, object []byte) []byte {
	s := scanner{data: object}
	members := 0
	_ = s.object(func(k key, quoted span) error {
		value, err := s.value()
		if isForgery(k) {
			return err
		}
		if members++; members > 1 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, quoted.of(object)...), ':'), value.of(object)...)
		return err
	})
	return dst
}
