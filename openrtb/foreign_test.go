package openrtb

import (
	"bytes"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// room is what there must be behind a key: shorter ones are read the long way.
const room = `]}}       `

// foreignEIDs are eids that are passed at once.
var foreignEIDs = []string{
	`{"source":"id5-sync.com","uids":[{"id":"0c5c8b1e-6f0e-4b6e-9a51-000000000001","atype":1}]}`,
	`{"uids":[{"atype":1,"id":"é"},{"id":"b"}],"source":"UIDAPI.com."}`,
	`{"source":"a","uids":[{"id":"x","atype":-1.5e3,"ext":{"rtiPartner":"TDID","n":null,"uid":2}}],"mm":3,"matcher":"m","inserter":"publisher.example"}`,
	"{ \"source\": \"a\" ,\n\"uids\": [ { \"id\": 7 , \"ext\": { \"a\": true } } ,\t{\"ext\":null,\"id\":\"\"} ] }",
	`{"mm":0}`, `{"sources":"uidapi.com","uid":"euid.eu","":1}`, `{"uids":[{"ids":1,"exts":false}]}`, `{"ext":{"provider":"a.example"}}`, `{"uids":[{"id":{"a":1}}],"source":""}`,
}

// otherEIDs are eids that need another look: valid ones and others.
var otherEIDs = []string{
	`{"source":"uidapi.com","uids":[{"id":"A"}]}`, `{"uids":[{"id":"A"}],"source":"EUID.eu"}`, `{"source":"uidapi\u002ecom"}`, `{"source":"a\n"}`,
	`{"source":"a","source":"b"}`, `{"Source":"a"}`, `{"\u0073ource":"a"}`, `{"ſource":"a"}`, `{"source":1}`, `{"source":["uidapi.com"]}`,
	`{"uids":[],"uids":[]}`, `{"uids":[{"id":1}],"UIDS":1}`, `{"uids":{}}`, `{"uids":[1]}`, `{"uids":[]}`, `{"uids":[{}]}`, `{"uİds":1}`,
	`{"uids":[{"id":1,"id":2}]}`, `{"uids":[{"ID":1}]}`, `{"uids":[{"ext":{},"ext":1}]}`, `{"uids":[{"Ext":1}]}`, `{"uids":[{"ext":{}}]}`, `{"uids":[{"ıd":1}]}`,
	`{"uids":[{"ext":{"uid2":1}}]}`, `{"uids":[{"ext":{"UID2":1}}]}`, `{"uids":[{"ext":{"uıd2":1}}]}`, `{"uids":[{"ext":{"\u0075id2":1}}]}`,
	`{"uids":[{"ext":{"a":{}}}]}`, `{"uids":[{"ext":[]}]}`, `{"ext":{"uid2":1}}`, `{"source":{"a":1}}`, `{"source"`, `{"source":`, `{"uids":`, `{"uids":[`, `{"uids":[{"ext":`, `{"uids":[{"id":1,`, `{"uids":x{"id":1}]}`, `{"uids":[x"id":1}]}`, `{"uids":[{"ext":x"a":1}}]}`, `{"inserteré":"a"}`, `{"inserter\u0041":1}`, "{\"inserter\x01\":1}", `{"inserter" :1}`, `{"inserter`,
	``, `{`, `{}`, `[]`, `{"a"`, `{"a":`, `{"source":"a"`, `{"source":"a",}`, `{"source":"a"]`, `{"source":"a" "uids":1}`, `{"source" "a"}`, `{"source":tru}`, `{"mm":01}`,
	`{"mm":1.}`, "{\"source\":\"a\x01\"}", `{"uids":[{"id":"a"}`, `{"uids":[{"id":"a"},]}`, `{"uids":[{"id":"a"}}`, `{"uids":[{"id":"a" 1}]}`, `{"uids":["id":1]}`,
}

// passedByMembers does what endOfForeign stands for, the long way.
func passedByMembers(data []byte) (end int, passed bool) {
	var s survey
	var e eid
	s.reader = strictjson.Scanner{Data: data}
	err := s.eidMembers(&s.reader, &e)
	return s.reader.At, err == nil && e.stays()
}

func TestForeignEIDs(t *testing.T) {
	for _, text := range foreignEIDs {
		for _, behind := range []string{room, `,{"source":"uidapi.com"}`} {
			if end := endOfForeign([]byte(text+behind), 0); end != len(text) {
				t.Errorf("%s: it ends at %d", text, end)
			}
		}
		if end, passed := passedByMembers([]byte(text)); end != len(text) || !passed {
			t.Errorf("%s: the long way it ends at %d, %t", text, end, passed)
		}
		for cut := range len(text) {
			if end := endOfForeign([]byte(text[:cut]), 0); end != 0 {
				t.Errorf("%s: it ends at %d", text[:cut], end)
			}
		}
	}
	for _, text := range otherEIDs {
		for _, behind := range []string{"", strings.Repeat(" ", 16)} {
			if end := endOfForeign([]byte(text+behind), 0); end != 0 {
				t.Errorf("%s: it ends at %d", text+behind, end)
			}
		}
	}
}

// FuzzForeign: an eid that is passed at once is one that passes when all of its members are looked
// at, and ends in the same place.
func FuzzForeign(f *testing.F) {
	for _, text := range append(foreignEIDs, otherEIDs...) {
		f.Add([]byte(text), uint16(0), byte('"'))
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint16, instead byte) {
		data = append(bytes.Clone(data), room...)
		if int(at) < len(data) {
			data[at] = instead
		}
		end := endOfForeign(data, 0)
		if end == 0 {
			return
		}
		if want, passed := passedByMembers(data); end != want || !passed {
			t.Fatalf("%q: it ends at %d; the long way at %d, %t", data, end, want, passed)
		}
	})
}
