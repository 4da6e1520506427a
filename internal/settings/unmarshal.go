package settings

import (
	"bytes"
	"encoding/json"
	"io"
)

// Unmarshal decodes one JSON document and nothing after it, refusing unknown fields by name. No
// document at all is an empty object.
func Unmarshal(section []byte, to any) error {
	if len(bytes.TrimSpace(section)) == 0 {
		section = []byte("{}")
	}
	decoder := json.NewDecoder(bytes.NewReader(section))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(to); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Wrong("the section", "one JSON object is wanted, with nothing after it")
	}
	return nil
}
