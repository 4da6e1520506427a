package openrtb

import "github.com/uid2rtb/uid2rtb/internal/strictjson"

const annotationKey = "uid2"

// isObject reports whether a JSON value, without leading white space, is an object.
func isObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

// isNone reports whether a JSON value, without white space around it, counts as a missing ext. PHP
// writes an empty object as [].
func isNone(value []byte) bool {
	return len(value) == 0 || string(value) == "null" || value[0] == '[' && isEmptyArray(value)
}

func isEmptyArray(value []byte) bool {
	s := strictjson.Scanner{Data: value, At: 1}
	s.Space()
	return s.Peek() == ']'
}

// annotationKeys are for finding forgeries: an annotation, and what would be read as one by readers
// that ignore letter case, as often as there are any.
var annotationKeys = strictjson.NewNames(annotationKey)

// isForgery reports whether a member of a uid's ext would be read as an annotation, even by readers
// that ignore letter case.
func isForgery(k strictjson.Key) bool { return k.LooksLike(annotationKey) }

// appendExt appends the ext of a uid, without forgeries and with the annotation, if there is one.
// ext is valid JSON without white space around it, or empty if the uid has none.
func appendExt(dst, ext []byte, annotation *Annotation) []byte {
	if isNone(ext) {
		if annotation == nil {
			return append(dst, ext...)
		}
		return append(appendAnnotation(append(dst, '{'), 0, annotation), '}')
	}
	if !isObject(ext) {
		return append(dst, ext...)
	}
	s := strictjson.Scanner{Data: ext}
	s.Lenient()
	members, forgeries, end, _ := uidExt(&s) // it has been parsed before
	if forgeries == 0 {
		dst = append(dst, ext[:end]...)
		dst = appendAnnotation(dst, members, annotation)
		return append(dst, ext[end:]...)
	}
	dst = appendWithoutForgeries(append(dst, '{'), ext)
	return append(appendAnnotation(dst, members, annotation), '}')
}

// appendAnnotation appends the member uid2 to an object that has this many members already.
func appendAnnotation(dst []byte, members int, annotation *Annotation) []byte {
	if annotation == nil {
		return dst
	}
	if members > 0 {
		dst = append(dst, ',')
	}
	return annotation.AppendJSON(append(dst, `"`+annotationKey+`":`...))
}

// uidExt reads an object that is the ext of a uid. It counts the members that aren't forgeries and
// those that are, and returns the position where another one would go.
func uidExt(s *strictjson.Scanner) (members, forgeries, end int, err error) {
	end = s.At + 1
	for w := s.Walk(&annotationKeys); ; end = s.At {
		switch name, err := w.Next(); {
		case name == strictjson.End, err != nil && err != strictjson.ErrAmbiguous:
			return members, forgeries, end, err
		case name == strictjson.Other:
			members++
		default:
			forgeries++
		}
		if err := s.Skip(); err != nil {
			return members, forgeries, end, err
		}
	}
}

// uidExtOrOther reads the ext of a uid, which may have any type, and reports whether there is a
// forgery in it.
func uidExtOrOther(s *strictjson.Scanner) (ext strictjson.Span, forged bool, err error) {
	if s.Peek() != '{' {
		ext, err = s.Value()
		return ext, false, err
	}
	start := s.At
	_, forgeries, _, err := uidExt(s)
	return strictjson.Span{Start: start, End: s.At}, forgeries > 0, err
}

// appendWithoutForgeries appends the members of an object, without its braces.
func appendWithoutForgeries(dst, object []byte) []byte {
	s := strictjson.Scanner{Data: object}
	s.Lenient()
	members := 0
	_ = s.Object(func(k strictjson.Key, quoted strictjson.Span) error {
		value, err := s.Value()
		if isForgery(k) {
			return err
		}
		if members++; members > 1 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, quoted.Of(object)...), ':'), value.Of(object)...)
		return err
	})
	return dst
}
