package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
)

// Unmarshal decodes one JSON document and nothing after it into a struct. No document at all is an
// empty object. A setting that isn't known, stands there twice or has no such value as the struct
// wants is an [Error] that names it as it was written. Names count letter by letter.
func Unmarshal(section []byte, to any) error {
	if len(bytes.TrimSpace(section)) == 0 {
		section = []byte("{}")
	}
	decoder := json.NewDecoder(bytes.NewReader(section))
	if err := shaped(decoder, reflect.TypeOf(to), ""); err != nil {
		if errors.Is(err, io.EOF) { // what is there ends too early
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Wrong(wholeSection, "one JSON object is wanted, with nothing after it")
	}
	return json.Unmarshal(section, to)
}
