package redact

import "reflect"

// All takes the raw UIDs of s out of every text that can be reached from v, a pointer or a map: strings, bytes, and
// what maps are keyed by. It changes v in place, but gives changed bytes a slice of their own, and returns how many it
// found. Of two keys of a map that become the same one is left. v must hold no pointer to itself.
//
// It walks types rather than name fields, so that a field that a new version of a type brings is searched as well.
func (s *Set) All(v any) int { return s.walk(reflect.ValueOf(v)) }

func (s *Set) walk(v reflect.Value) (found int) {
	switch v.Kind() {
	case reflect.String:
		var clean string
		if clean, found = s.String(v.String()); found > 0 {
			v.SetString(clean)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return s.walkBytes(v)
		}
		for i := range v.Len() {
			found += s.walk(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				found += s.walk(field)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return s.walk(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			held := settable(v.Elem())
			if found = s.walk(held); found > 0 {
				v.Set(held)
			}
		}
	case reflect.Map:
		return s.walkMap(v)
	}
	return found
}

// walkBytes replaces the bytes of a slice. An array of bytes is no text.
func (s *Set) walkBytes(v reflect.Value) int {
	if v.Kind() == reflect.Array {
		return 0
	}
	clean, found := s.Bytes(v.Bytes())
	if found > 0 {
		v.SetBytes(clean)
	}
	return found
}

func (s *Set) walkMap(m reflect.Value) (found int) {
	for _, old := range m.MapKeys() {
		key, value := settable(old), settable(m.MapIndex(old))
		inKey, inValue := s.walk(key), s.walk(value)
		if inKey > 0 {
			m.SetMapIndex(old, reflect.Value{})
		}
		if inKey+inValue > 0 {
			m.SetMapIndex(key, value)
		}
		found += inKey + inValue
	}
	return found
}

// settable returns a copy of v that can be changed.
func settable(v reflect.Value) reflect.Value {
	held := reflect.New(v.Type()).Elem()
	held.Set(v)
	return held
}
