package keyset_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/keyset"
)

// numberFields lists the numbers of an answer, and how to read each; times and lifetimes are in
// seconds.
var numberFields = []struct {
	name   string
	answer string // %s is the number
	read   func(s *keyset.Snapshot) int64
}{
	{"body.allow_clock_skew_seconds", bodyJSON(`"allow_clock_skew_seconds":%s,`), func(s *keyset.Snapshot) int64 { return s.ClockSkewMs() / 1000 }},
	{"body.token_expiry_seconds", bodyJSON(`"token_expiry_seconds":%s,`), func(s *keyset.Snapshot) int64 { return s.TokenExpiryMs() / 1000 }},
	{"body.max_bidstream_lifetime_seconds", bodyJSON(`"max_bidstream_lifetime_seconds":%s,`), func(s *keyset.Snapshot) int64 {
		ms, _ := s.MaxBidstreamLifetimeMs()
		return ms / 1000
	}},
	{"body.max_sharing_lifetime_seconds", bodyJSON(`"max_sharing_lifetime_seconds":%s,`), func(s *keyset.Snapshot) int64 {
		ms, _ := s.MaxSharingLifetimeMs()
		return ms / 1000
	}},
	{"body.caller_site_id", bodyJSON(`"caller_site_id":%s,`), func(s *keyset.Snapshot) int64 {
		id, _ := s.CallerSiteID()
		return int64(id)
	}},
	{"body.master_keyset_id", bodyJSON(`"master_keyset_id":%s,`), func(s *keyset.Snapshot) int64 {
		id, _ := s.MasterKeysetID()
		return id
	}},
	{"body.default_keyset_id", bodyJSON(`"default_keyset_id":%s,`), func(s *keyset.Snapshot) int64 {
		id, _ := s.DefaultKeysetID()
		return id
	}},
	{"body.keys.id", withNumber("id"), onlyKey(func(k keyset.KeyInfo) int64 { return int64(k.ID) })},
	{"body.keys.keyset_id", withNumber("keyset_id"), onlyKey(func(k keyset.KeyInfo) int64 { return k.KeysetID })},
	{"body.keys.site_id", withNumber("site_id"), onlyKey(func(k keyset.KeyInfo) int64 { return k.SiteID })},
	{"body.keys.created", withNumber("created"), onlyKey(func(k keyset.KeyInfo) int64 { return k.CreatedMs / 1000 })},
	{"body.keys.activates", withNumber("activates"), onlyKey(func(k keyset.KeyInfo) int64 { return k.ActivatesMs / 1000 })},
	{"body.keys.expires", withNumber("expires"), onlyKey(func(k keyset.KeyInfo) int64 { return k.ExpiresMs / 1000 })},
	{"body.site_data.id", bodyJSON(`"site_data":[{"id":%s,"domain_names":["example.com"]}],`), func(s *keyset.Snapshot) int64 {
		for id := range uint32(2000) {
			if s.NameAllowed(id, "example.com") {
				return int64(id)
			}
		}
		return 0
	}},
}

// withNumber is an answer of one key in which the field holds %s.
func withNumber(field string) string {
	key := keyJSON(8, 2, 3, `,"keyset_id":4,"site_id":5`)
	for name, value := range map[string]int{"id": 8, "created": 1, "activates": 2, "expires": 3, "keyset_id": 4, "site_id": 5} {
		if name == field {
			key = strings.Replace(key, fmt.Sprintf(`"%s":%d`, name, value), `"`+name+`":%s`, 1)
		}
	}
	return bodyJSON("", key)
}

func onlyKey(read func(keyset.KeyInfo) int64) func(*keyset.Snapshot) int64 {
	return func(s *keyset.Snapshot) int64 {
		for k := range s.All() {
			return read(k)
		}
		return 0
	}
}

// TestNumberForms: operators write integers, and their stand-ins also floats and strings.
func TestNumberForms(t *testing.T) {
	for _, field := range numberFields {
		for form, want := range map[string]int64{
			`1000`: 1000, `1000.0`: 1000, `1000.000`: 1000, `1e3`: 1000, `1.0E+3`: 1000, `100000e-2`: 1000,
			`"1000"`: 1000, `"1000.0"`: 1000, `"1e3"`: 1000, `1`: 1, `"1"`: 1, `9`: 9, `"9"`: 9, `"900.0"`: 900,
		} {
			s, err := keyset.Parse([]byte(fmt.Sprintf(field.answer, form)))
			if err != nil || field.read(s) != want {
				t.Errorf("%s as %s: %v, %v", field.name, form, s, err)
			}
		}
		for _, form := range []string{
			`1.5`, `"1.5"`, `1e-3`, `9223372036854775808`, `9007199254740992.0`, `"9007199254740993.0"`, `-9007199254740992.0`, `1e400`,
			`"+1"`, `"01"`, `".5"`, `"5."`, `" 1"`, `"1 "`, `"1\n"`, `"0x10"`, `"1_000"`, `"1p3"`, `"inf"`, `"NaN"`, `"-"`, `""`, `"one"`,
			`"null"`, `"\u0031"`, `"\"1\""`, `"[1]"`, `true`, `[]`, `[1]`, `{}`, `{"a":1}`,
		} {
			s, err := keyset.Parse([]byte(fmt.Sprintf(field.answer, form)))
			if s != nil || !errors.Is(err, keyset.ErrMalformed) || !strings.Contains(err.Error(), field.name[strings.LastIndexByte(field.name, '.')+1:]) {
				t.Errorf("%s as %s: %v, %v", field.name, form, s, err)
			}
		}
	}
}

// TestNumbersOfAnySize: numbers that don't appear in tokens may have up to 64 bits.
func TestNumbersOfAnySize(t *testing.T) {
	for form, want := range map[string]int64{
		`9223372036854775807`: math.MaxInt64, `"-9223372036854775808"`: math.MinInt64, `9007199254740991.0`: 1<<53 - 1,
		`"-9007199254740991.0"`: -(1<<53 - 1), `9007199254740993`: 1<<53 + 1, `-1`: -1, `"-1"`: -1, `-1.0`: -1, `0`: 0, `-0`: 0, `0.0`: 0,
	} {
		s := mustParse(t, bodyJSON(`"master_keyset_id":`+form+`,`, keyJSON(1, 1, 2, `,"keyset_id":`+form)))
		if id, ok := s.MasterKeysetID(); !ok || id != want {
			t.Errorf("%s: master keyset %d, %v", form, id, ok)
		}
		if k, ok := s.ActiveKey(want, 1000); !ok || k.ID() != 1 {
			t.Errorf("%s: the keyset has no key", form)
		}
	}
}

// TestTheLastNumberWins, as for any field that occurs twice; null counts as an occurrence.
func TestTheLastNumberWins(t *testing.T) {
	s := mustParse(t, bodyJSON(`"master_keyset_id":5,"master_keyset_id":null,"default_keyset_id":null,"default_keyset_id":"6",`))
	if id, ok := s.MasterKeysetID(); ok {
		t.Errorf("master keyset %d", id)
	}
	if id, ok := s.DefaultKeysetID(); id != 6 || !ok {
		t.Errorf("default keyset %d, %v", id, ok)
	}
}

// TestCallerSite: credentials without a site are no obstacle to decrypting.
func TestCallerSite(t *testing.T) {
	for form, want := range map[string]uint32{`1`: 1, `"1"`: 1, `4294967295`: math.MaxUint32, `0`: 0} {
		if id, ok := mustParse(t, bodyJSON(`"caller_site_id":`+form+`,`)).CallerSiteID(); id != want || !ok {
			t.Errorf("%s: %d, %v", form, id, ok)
		}
	}
	for _, form := range []string{`-1`, `"-1"`, `-1.0`, `-9223372036854775808`, `null`} {
		if id, ok := mustParse(t, bodyJSON(`"caller_site_id":`+form+`,`)).CallerSiteID(); id != 0 || ok {
			t.Errorf("%s: %d, %v", form, id, ok)
		}
	}
}

// TestKeyIDs: an id must fit into four bytes, as in a token.
func TestKeyIDs(t *testing.T) {
	for form, want := range map[string]uint32{`0`: 0, `4294967295`: math.MaxUint32, `"4294967295.0"`: math.MaxUint32} {
		s := mustParse(t, fmt.Sprintf(withNumber("id"), form))
		if k := s.Keys().Lookup(want); k == nil || k.ID() != want || s.Len() != 1 {
			t.Errorf("%s: %v", form, k)
		}
	}
	for _, form := range []string{`-1`, `4294967296`, `4294967304`, `null`} { // the third has 8 in its lower four bytes
		if s, err := keyset.Parse([]byte(fmt.Sprintf(withNumber("id"), form))); s != nil || !errors.Is(err, keyset.ErrMalformed) || !strings.Contains(err.Error(), "key 0") {
			t.Errorf("%s: %v, %v", form, s, err)
		}
	}
}

// TestSiteData: entries that aren't a site with names are skipped, and the others are used.
func TestSiteData(t *testing.T) {
	const named = `{"id":7,"domain_names":["example.com"]}`
	for data, allowed := range map[string]bool{
		`null`: false, `[]`: false, `[{}]`: false, `[null]`: false, `[{},{}]`: false, `[{"id":7}]`: false, `[{"id":7,"domain_names":[]}]`: false,
		`[{"id":7,"domain_names":null}]`: false, `[{"id":null,"domain_names":["example.com"]}]`: false, `[{"id":7,"domain_names":[null,""]}]`: false,
		`[` + named + `]`: true, `[{},` + named + `]`: true, `[` + named + `,{}]`: true, `[null,` + named + `,null]`: true,
		`[{"id":"7.0","domain_names":[null,"example.com"]}]`: true, `[{"id":7,"domain_names":["EXAMPLE.com"],"more":{}}]`: true,
	} {
		s := mustParse(t, bodyJSON(`"site_data":`+data+`,`, keyJSON(1, 1, 2, "")))
		if s.NameAllowed(7, "example.com") != allowed || s.NameAllowed(7, "") || s.NameAllowed(0, "example.com") || s.Len() != 1 {
			t.Errorf("%s: %v", data, s)
		}
	}
}

// TestPythonFixture parses an answer as in the tests of the official Python SDK, with strings and
// floats for numbers.
func TestPythonFixture(t *testing.T) {
	s := mustParse(t, `{"body":{"identity_scope":"EUID","caller_site_id":"1","master_keyset_id":1,"default_keyset_id":99999,`+
		`"token_expiry_seconds":"400","max_bidstream_lifetime_seconds":"100","max_sharing_lifetime_seconds":200.0,"allow_clock_skew_seconds":"300",`+
		`"keys":[`+keyJSON(164, 10, 20, `,"keyset_id":1`)+`,`+keyJSON(165, 10, 20, `,"keyset_id":99999`)+`]}}`)
	caller, _ := s.CallerSiteID()
	bidstream, _ := s.MaxBidstreamLifetimeMs()
	sharing, _ := s.MaxSharingLifetimeMs()
	if caller != 1 || s.TokenExpiryMs() != 400_000 || bidstream != 100_000 || sharing != 200_000 || s.ClockSkewMs() != 300_000 {
		t.Errorf("%d %d %d %d %d", caller, s.TokenExpiryMs(), bidstream, sharing, s.ClockSkewMs())
	}
	if k, ok := s.ActiveKey(99999, 15_000); !ok || k.ID() != 165 {
		t.Errorf("%v, %v", k, ok)
	}
}
