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

// contents is what an object that is the ext of a uid has.
type contents struct {
	end    int  // where another member would go, from the object's start
	some   bool // members that aren't forgeries
	forged bool // others
}

// appendExt appends the ext of a uid, without forgeries and with the annotation, if there is one.
// ext is valid JSON without white space around it, or empty if the uid has none; has is meaningless
// unless it is an object.
func appendExt(dst, ext []byte, has contents, annotation *Annotation) []byte {
	if isNone(ext) {
		if annotation == nil {
			return append(dst, ext...)
		}
		return append(appendAnnotation(append(dst, '{'), false, annotation), '}')
	}
	if !isObject(ext) {
		return append(dst, ext...)
	}
	if !has.forged {
		dst = append(dst, ext[:has.end]...)
		dst = appendAnnotation(dst, has.some, annotation)
		return append(dst, ext[has.end:]...)
	}
	dst = appendWithoutForgeries(append(dst, '{'), ext)
	return append(appendAnnotation(dst, has.some, annotation), '}')
}

// appendAnnotation appends the member uid2 to an object that has others already, or none.
func appendAnnotation(dst []byte, others bool, annotation *Annotation) []byte {
	if annotation == nil {
		return dst
	}
	if others {
		dst = append(dst, ',')
	}
	return annotation.AppendJSON(append(dst, `"`+annotationKey+`":`...))
}

// uidExt reads an object that is the ext of a uid, and counts the forgeries in it.
func uidExt(s *strictjson.Scanner) (has contents, forgeries int, err error) {
	start := s.At
	has.end = 1
	for w := s.Walk(&annotationKeys); ; has.end = s.At - start {
		switch name, err := w.Next(); {
		case name == strictjson.End, err != nil && err != strictjson.ErrAmbiguous:
			has.forged = forgeries > 0
			return has, forgeries, err
		case name == strictjson.Other:
			has.some = true
		default:
			forgeries++
		}
		if err := s.Skip(); err != nil {
			return has, forgeries, err
		}
	}
}

// uidExtOrOther reads the ext of a uid, which may have any type.
func uidExtOrOther(s *strictjson.Scanner) (ext strictjson.Span, has contents, err error) {
	if s.Peek() != '{' {
		ext, err = s.Value()
		return ext, contents{}, err
	}
	start := s.At
	has, _, err = uidExt(s)
	return strictjson.Span{Start: start, End: s.At}, has, err
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
