package annotator

import (
	"encoding/json"
	"testing"
)

// Whatever a reader may take for eids goes, and all else stays.
func TestExtWithoutEIDs(t *testing.T) {
	for given, want := range map[string]string{
		``:                          ``,
		`[]`:                        ``,
		`{}`:                        ``,
		`null`:                      ``,
		`{"eids":[]}`:               `{}`,
		`{"consent":"C"}`:           `{"consent":"C"}`,
		`{"eids":`:                  ``,
		`{"eids":[],"consent":"C"}`: `{"consent":"C"}`,
		`{"eids":[],"Eids":[],"EIDS":[],"eİds":[],"EıDS":[],"e\u0131dſ":[],"c":1}`: `{"c":1}`,
		`{"eid":1,"eidsx":2}`: `{"eid":1,"eidsx":2}`,
	} {
		if got := extWithoutEIDs(json.RawMessage(given)); string(got) != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}
