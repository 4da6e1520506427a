package settings

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

var (
	errTwice   = errors.New("it stands there twice")
	errNested  = errors.New("a single value is wanted, not an object or a list")
	errObject  = errors.New("an object is wanted")
	errList    = errors.New("a list is wanted")
	errText    = errors.New("a text is wanted")
	scalarType = reflect.TypeFor[Scalar]()
)

// wholeSection is what an error calls a document as a whole.
const wholeSection = "the section"

// shaped reads the next value, and returns an error that names the first setting in it that isn't
// of the shape of a type. Package encoding/json alone would take a name in any letter case, and the
// last of several that are the same.
func shaped(d *json.Decoder, as reflect.Type, name string) error {
	for as.Kind() == reflect.Pointer {
		as = as.Elem()
	}
	switch {
	case as == scalarType:
		return shapedValue(d, name, errNested, func(first byte) bool { return first != '{' && first != '[' })
	case reflect.PointerTo(as).Implements(reflect.TypeFor[json.Unmarshaler]()), reflect.PointerTo(as).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return shapedValue(d, name, nil, func(byte) bool { return true }) // its own business
	case as.Kind() == reflect.Struct:
		return shapedObject(d, fieldsOf(as), name)
	case as.Kind() == reflect.Slice:
		return shapedList(d, as.Elem(), name)
	}
	return shapedValue(d, name, errText, func(first byte) bool { return first == '"' || first == 'n' })
}

// shapedValue passes over a value whose first character is one that may be.
func shapedValue(d *json.Decoder, name string, otherwise error, may func(first byte) bool) error {
	var value json.RawMessage
	if err := d.Decode(&value); err != nil {
		return err
	}
	if !may(value[0]) {
		return named(name, otherwise)
	}
	return nil
}

func shapedObject(d *json.Decoder, fields map[string]reflect.Type, name string) error {
	if none, err := opened(d, '{', name, errObject); none || err != nil {
		return err
	}
	seen := make(map[string]bool, len(fields))
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		key := token.(string) // of an object
		inside := strings.TrimPrefix(name+"."+key, ".")
		as, known := fields[key]
		switch {
		case !known:
			return named(inside, fmt.Errorf("unknown field %q", key))
		case seen[key]:
			return named(inside, errTwice)
		}
		seen[key] = true
		if err := shaped(d, as, inside); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func shapedList(d *json.Decoder, as reflect.Type, name string) error {
	if none, err := opened(d, '[', name, errList); none || err != nil {
		return err
	}
	for i := 0; d.More(); i++ {
		if err := shaped(d, as, fmt.Sprintf("%s[%d]", name, i)); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// opened reads the begin of an object or a list, or null in its place, which is none.
func opened(d *json.Decoder, begin json.Delim, name string, otherwise error) (none bool, err error) {
	token, err := d.Token()
	if err != nil {
		return false, err
	}
	if token != nil && token != begin {
		return false, named(name, otherwise)
	}
	return token == nil, nil
}

func named(name string, err error) error {
	if name == "" {
		name = wholeSection
	}
	return &Error{name, err}
}

// fieldsOf maps the names of a struct's settings, and of those that are embedded in it, to their
// types.
func fieldsOf(of reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type)
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			for name, as := range fieldsOf(field.Type) {
				fields[name] = as
			}
			continue
		}
		fields[name] = field.Type
	}
	return fields
}
