package keyset_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

const (
	secretA = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	secretB = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
)

// sharingAnswer has the fields and values that the tests of the official SDKs agree on.
const sharingAnswer = `{"body":{"caller_site_id":11,"master_keyset_id":1,"default_keyset_id":99999,` +
	`"token_expiry_seconds":1728000,"identity_scope":"UID2","allow_clock_skew_seconds":900,` +
	`"max_sharing_lifetime_seconds":2592010,"unexpected_header_field":{"a":[1,2]},"keys":[` +
	`{"id":3,"keyset_id":99999,"created":1609459200,"activates":1609459210,"expires":1893456000,` +
	`"secret":"o8HsvkwJ5Ulnrd0uui3GpukpwDapj+JLqb7qfN/GJKo=","unexpected_key_field":"123"},` +
	`{"id":2,"keyset_id":1,"created":1609458200,"activates":1609459220,"expires":1893457000,` +
	`"secret":"DD67xF8OFmbJ1/lMPQ6fGRDbJOT4kXErrYWcKdFfCUE="}],` +
	`"site_data":[{"id":9000,"domain_names":["example.com","com.123.Game.App.android","123456789"],"unexpected_domain_field":1},` +
	`{"id":2,"domain_names":["example.net","example.edu"]}]},"status":"success"}`

func mustParse(tb testing.TB, answer string) *keyset.Snapshot {
	tb.Helper()
	s, err := keyset.Parse([]byte(answer))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// keyJSON returns a key with the given id, times in seconds, and further fields.
func keyJSON(id uint32, activates, expires int64, more string) string {
	return fmt.Sprintf(`{"id":%d,"created":1,"activates":%d,"expires":%d,"secret":"%s"%s}`, id, activates, expires, secretA, more)
}

func bodyJSON(header string, keys ...string) string {
	return `{"status":"success","body":{` + header + `"keys":[` + strings.Join(keys, ",") + `]}}`
}

func TestParseSharing(t *testing.T) {
	s := mustParse(t, sharingAnswer)
	if s.Scope() != codec.ScopeUID2 || s.Len() != 2 || s.Keys().Len() != 2 {
		t.Errorf("%v", s)
	}
	want := []keyset.KeyInfo{
		{ID: 2, KeysetID: 1, HasKeyset: true, CreatedMs: 1609458200000, ActivatesMs: 1609459220000, ExpiresMs: 1893457000000},
		{ID: 3, KeysetID: 99999, HasKeyset: true, CreatedMs: 1609459200000, ActivatesMs: 1609459210000, ExpiresMs: 1893456000000},
	}
	if got := slices.Collect(s.All()); !slices.Equal(got, want) {
		t.Errorf("keys are %+v", got)
	}
	if id, ok := s.CallerSiteID(); id != 11 || !ok {
		t.Error("caller site", id, ok)
	}
	if id, ok := s.MasterKeysetID(); id != 1 || !ok {
		t.Error("master keyset", id, ok)
	}
	if id, ok := s.DefaultKeysetID(); id != 99999 || !ok {
		t.Error("default keyset", id, ok)
	}
	if ms, limited := s.MaxSharingLifetimeMs(); ms != 2592010000 || !limited {
		t.Error("sharing lifetime", ms, limited)
	}
	if ms, limited := s.MaxBidstreamLifetimeMs(); ms != 0 || limited {
		t.Error("bidstream lifetime", ms, limited)
	}
	if s.TokenExpiryMs() != 1728000000 || s.ClockSkewMs() != 900000 || s.LatestExpiryMs() != 1893457000000 {
		t.Error("times", s.TokenExpiryMs(), s.ClockSkewMs(), s.LatestExpiryMs())
	}
	if k, ok := s.ActiveKey(1, 1700000000000); !ok || k.ID() != 2 {
		t.Error("master key", k, ok)
	}
	if k, ok := s.ActiveKey(99999, 1700000000000); !ok || k.ID() != 3 {
		t.Error("default key", k, ok)
	}
	if s.Keys().Lookup(3).ID() != 3 || s.Keys().Lookup(4) != nil {
		t.Error("lookup")
	}
}

func TestParseLegacy(t *testing.T) {
	s := mustParse(t, `{"body":[`+keyJSON(5, 10, 20, `,"site_id":-1`)+`,`+keyJSON(4, 10, 30, `,"site_id":2`)+`],"status":"success"}`)
	got := slices.Collect(s.All())
	if s.Scope() != codec.ScopeUID2 || len(got) != 2 || got[0].SiteID != 2 || got[1].SiteID != -1 || got[0].HasKeyset {
		t.Errorf("%v: %+v", s, got)
	}
	if _, ok := s.MasterKeysetID(); ok {
		t.Error("a legacy list has no master keyset")
	}
	if _, limited := s.MaxBidstreamLifetimeMs(); limited {
		t.Error("a legacy list has no limits")
	}
}

func TestParseDefaults(t *testing.T) {
	for name, header := range map[string]string{
		"absent": ``,
		"null": `"identity_scope":null,"allow_clock_skew_seconds":null,"max_bidstream_lifetime_seconds":null,` +
			`"max_sharing_lifetime_seconds":null,"caller_site_id":null,"master_keyset_id":null,"default_keyset_id":null,` +
			`"token_expiry_seconds":null,"site_data":null,`,
	} {
		s := mustParse(t, bodyJSON(header, keyJSON(1, 1, 2, "")))
		_, caller := s.CallerSiteID()
		_, master := s.MasterKeysetID()
		_, deflt := s.DefaultKeysetID()
		_, bidstream := s.MaxBidstreamLifetimeMs()
		_, sharing := s.MaxSharingLifetimeMs()
		if caller || master || deflt || bidstream || sharing {
			t.Errorf("%s: something is set", name)
		}
		if s.Scope() != codec.ScopeUID2 || s.ClockSkewMs() != 1800000 || s.TokenExpiryMs() != 2592000000 {
			t.Errorf("%s: %v %d %d", name, s.Scope(), s.ClockSkewMs(), s.TokenExpiryMs())
		}
	}
}

// TestLimitsOfZero: a limit of 0 is a limit: no lifetime at all, and no clock skew.
func TestLimitsOfZero(t *testing.T) {
	s := mustParse(t, bodyJSON(`"allow_clock_skew_seconds":0,"max_bidstream_lifetime_seconds":0,"max_sharing_lifetime_seconds":0,`))
	if ms, limited := s.MaxBidstreamLifetimeMs(); ms != 0 || !limited {
		t.Error("bidstream lifetime", ms, limited)
	}
	if ms, limited := s.MaxSharingLifetimeMs(); ms != 0 || !limited {
		t.Error("sharing lifetime", ms, limited)
	}
	if s.ClockSkewMs() != 0 {
		t.Error("clock skew", s.ClockSkewMs())
	}
}

func TestParseWithoutStatus(t *testing.T) {
	mustParse(t, `{"body":{"keys":[`+keyJSON(1, 1, 2, "")+`]}}`)
}

func TestTokenExpiry(t *testing.T) {
	for text, want := range map[string]int64{
		`"2592000"`: 2592000000, `3600`: 3600000, `"1"`: 1000, `0`: 2592000000, `"0"`: 2592000000, `null`: 2592000000,
		`9223372036854775807`: math.MaxInt64, `"9223372036854775807"`: math.MaxInt64, `2592000.0`: 2592000000, `"60.0"`: 60000,
	} {
		if got := mustParse(t, bodyJSON(`"token_expiry_seconds":`+text+`,`)).TokenExpiryMs(); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
	for _, text := range []string{`""`, `"abc"`, `"1h"`, `-1`, `"-1"`, `1.5`, `true`, `[]`, `{}`, `9223372036854775808`, `" 1"`} {
		if _, err := keyset.Parse([]byte(bodyJSON(`"token_expiry_seconds":` + text + `,`))); !errors.Is(err, keyset.ErrMalformed) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestScope(t *testing.T) {
	if s := mustParse(t, bodyJSON(`"identity_scope":"EUID",`)); s.Scope() != codec.ScopeEUID {
		t.Error(s.Scope())
	}
	for _, scope := range []string{"", "euid", "UID", "UID2 ", "uid2", "unknown"} {
		s, err := keyset.Parse([]byte(bodyJSON(`"identity_scope":"` + scope + `",`)))
		if s != nil || !errors.Is(err, keyset.ErrScope) {
			t.Errorf("%q: %v, %v", scope, s, err)
		}
	}
}

// TestMalformed: Parse refuses the whole answer if any part of it is invalid.
func TestMalformed(t *testing.T) {
	good := keyJSON(1, 1, 2, "")
	for name, answer := range map[string]string{
		"nothing":                "",
		"not JSON":               "keys",
		"null":                   "null",
		"array":                  "[]",
		"more after it":          bodyJSON("", good) + "x",
		"cut off":                bodyJSON("", good)[:90],
		"another status":         `{"status":"error"}`,
		"another status, keys":   `{"status":"error","body":{"keys":[` + good + `]}}`,
		"status of another type": `{"status":1,"body":{"keys":[` + good + `]}}`,
		"the same, at the end":   `{"body":{"keys":[` + good + `]},"status":1}`,
		"nested too deep":        bodyJSON(`"more":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`,`, good),
		"a raw control letter":   bodyJSON("\"more\":\"\x01\",", good),
		"not UTF-8, no string":   bodyJSON("\"more\":\xff,", good),
		"no body":                `{"status":"success"}`,
		"body null":              `{"status":"success","body":null}`,
		"body a string":          `{"status":"success","body":"error"}`,
		"body a number":          `{"status":"success","body":5}`,
		"numbers for keys":       `{"status":"success","body":[1,2,3]}`,
		"empty key":              `{"status":"success","body":[{}]}`,
		"null key":               `{"status":"success","body":[null]}`,
		"id a string":            `{"status":"success","body":[{"id":"test"}]}`,
		"id only":                `{"status":"success","body":[{"id":5}]}`,
		"no keys":                `{"status":"success","body":{"identity_scope":"UID2"}}`,
		"keys null":              `{"status":"success","body":{"keys":null}}`,
		"keys an object":         `{"status":"success","body":{"keys":{}}}`,
		"id negative":            bodyJSON("", strings.Replace(good, `"id":1`, `"id":-1`, 1)),
		"id too large":           bodyJSON("", strings.Replace(good, `"id":1`, `"id":4294967296`, 1)),
		"id fractional":          bodyJSON("", strings.Replace(good, `"id":1`, `"id":1.5`, 1)),
		"no activation":          bodyJSON("", strings.Replace(good, `"activates"`, `"a"`, 1)),
		"no expiry":              bodyJSON("", strings.Replace(good, `"expires"`, `"e"`, 1)),
		"no secret":              bodyJSON("", strings.Replace(good, `"secret"`, `"s"`, 1)),
		"secret a number":        bodyJSON("", strings.Replace(good, `"`+secretA+`"`, `7`, 1)),
		"one bad key of two":     bodyJSON("", good, `{"id":2}`),
		"skew negative":          bodyJSON(`"allow_clock_skew_seconds":-1,`, good),
		"lifetime negative":      bodyJSON(`"max_bidstream_lifetime_seconds":-1,`, good),
		"sharing negative":       bodyJSON(`"max_sharing_lifetime_seconds":-5,`, good),
		"expiry negative":        bodyJSON(`"token_expiry_seconds":-1,`, good),
		"lifetime a word":        bodyJSON(`"max_bidstream_lifetime_seconds":"five",`, good),
		"caller site too large":  bodyJSON(`"caller_site_id":4294967296,`, good),
		"keyset a word":          bodyJSON(`"master_keyset_id":"one",`, good),
		"sites an object":        bodyJSON(`"site_data":{},`, good),
		"site id a word":         bodyJSON(`"site_data":[{"id":"one"}],`, good),
		"site a number":          bodyJSON(`"site_data":[7],`, good),
		"names a string":         bodyJSON(`"site_data":[{"id":1,"domain_names":"x"}],`, good),
		"name a number":          bodyJSON(`"site_data":[{"id":1,"domain_names":[1]}],`, good),
	} {
		s, err := keyset.Parse([]byte(answer))
		if s != nil || !errors.Is(err, keyset.ErrMalformed) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

func TestKeySecret(t *testing.T) {
	for name, secret := range map[string]string{
		"empty":       "",
		"16 bytes":    "AAECAwQFBgcICQoLDA0ODw==",
		"33 bytes":    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g",
		"not base64":  "!" + secretA[1:],
		"more behind": secretA + "!",
		"twice":       secretA + secretA,
		"no padding":  secretA[:43],
		"line break":  secretA[:20] + `\n` + secretA[20:],
		"carriage":    secretA + `\r`,
		"URL letters": strings.Replace(secretA, "AAE", "_-E", 1),
	} {
		s, err := keyset.Parse([]byte(bodyJSON("", keyJSON(8, 1, 2, ""), strings.Replace(keyJSON(77, 1, 2, ""), secretA, secret, 1))))
		if s != nil || !errors.Is(err, keyset.ErrKeySecret) {
			t.Errorf("%s: %v, %v", name, s, err)
		} else if !strings.Contains(err.Error(), "77") || len(secret) > 20 && strings.Contains(err.Error(), secret[4:12]) {
			t.Errorf("%s: the text should name the id and nothing else: %v", name, err)
		}
	}
}

// TestErrorTextsNameThePlace, so that whoever runs the operator can find the fault.
func TestErrorTextsNameThePlace(t *testing.T) {
	good := keyJSON(1, 1, 2, "")
	for answer, want := range map[string]string{
		`keys`:                   "keyset: malformed key answer: not JSON",
		`[]`:                     "keyset: malformed key answer: the whole has the wrong type or range",
		`{"status":1}`:           "keyset: malformed key answer: status has the wrong type or range",
		`{"status":"error"}`:     "keyset: malformed key answer: its status is not success",
		`{"status":"success"}`:   "keyset: malformed key answer: no body",
		`{"body":"x"}`:           "keyset: malformed key answer: body has the wrong type or range",
		`{"body":[1]}`:           "keyset: malformed key answer: body.0 has the wrong type or range",
		`{"body":{}}`:            "keyset: malformed key answer: no keys in it",
		bodyJSON("", good, `{}`): "keyset: malformed key answer: key 1 of the list lacks id, activates, expires or secret",
		bodyJSON("", good, strings.Replace(good, `"id":1`, `"id":-1`, 1)):           "keyset: malformed key answer: key 1 of the list has an id that doesn't fit in a token",
		bodyJSON("", good, strings.Replace(good, `"created":1`, `"created":{}`, 1)): "keyset: malformed key answer: body.keys.1.created has the wrong type or range",
		bodyJSON(`"site_data":[{},{"id":true}],`, good):                             "keyset: malformed key answer: body.site_data.1.id has the wrong type or range",
		bodyJSON(`"caller_site_id":4294967296,`, good):                              "keyset: malformed key answer: body.caller_site_id is out of range",
		bodyJSON(`"token_expiry_seconds":"-1",`, good):                              "keyset: malformed key answer: body.token_expiry_seconds is negative",
		bodyJSON(`"allow_clock_skew_seconds":-1,`, good):                            "keyset: malformed key answer: body.allow_clock_skew_seconds is negative",
		bodyJSON(`"max_bidstream_lifetime_seconds":-1,`, good):                      "keyset: malformed key answer: body.max_bidstream_lifetime_seconds is negative",
		bodyJSON(`"max_sharing_lifetime_seconds":-1,`, good):                        "keyset: malformed key answer: body.max_sharing_lifetime_seconds is negative",
		bodyJSON(`"identity_scope":"X",`, good):                                     "keyset: wrong identity scope",
	} {
		if _, err := keyset.Parse([]byte(answer)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", answer, err, want)
		}
	}
}

// TestErrorTextsQuoteNothing: encoding/json would quote the offending number or character.
func TestErrorTextsQuoteNothing(t *testing.T) {
	for _, answer := range []string{
		strings.Replace(bodyJSON("", keyJSON(1, 1, 2, "")), `"created":1`, `"created":98765432109876543210`, 1),
		bodyJSON(`"identity_scope":"98765432109876543210",`),
		`{"status":"98765432109876543210"}`,
		`{"body":98765432109876543210}`,
		"98765432109876543210%",
	} {
		if _, err := keyset.Parse([]byte(answer)); err == nil || strings.Contains(err.Error(), "98765") {
			t.Errorf("%v", err)
		}
	}
}

func TestLastOneWins(t *testing.T) {
	s := mustParse(t, bodyJSON(`"site_data":[{"id":7,"domain_names":["old.com"]},{"id":7,"domain_names":["new.com"]}],`,
		keyJSON(1, 10, 9999, `,"keyset_id":5`), keyJSON(2, 10, 20, ""), keyJSON(1, 30, 40, `,"keyset_id":6`)))
	if s.Len() != 2 || s.Keys().Len() != 2 {
		t.Errorf("%v", s)
	}
	if _, ok := s.ActiveKey(5, 35000); ok {
		t.Error("the earlier key with the id is still in its keyset")
	}
	if _, ok := s.ActiveKey(6, 35000); !ok {
		t.Error("the later key with the id is not in its keyset")
	}
	if s.LatestExpiryMs() != 40000 {
		t.Error("the earlier key's expiry counts:", s.LatestExpiryMs())
	}
	if s.NameAllowed(7, "old.com") || !s.NameAllowed(7, "new.com") {
		t.Error("the earlier site's names count")
	}
}

func TestSecondsOverflow(t *testing.T) {
	s := mustParse(t, bodyJSON(`"max_bidstream_lifetime_seconds":9223372036854775807,`,
		keyJSON(1, math.MinInt64, math.MaxInt64, `,"keyset_id":1`), keyJSON(2, math.MaxInt64/1000, math.MaxInt64/1000+1, ""),
		keyJSON(3, math.MinInt64/1000-1, math.MinInt64/1000, "")))
	if ms, limited := s.MaxBidstreamLifetimeMs(); ms != math.MaxInt64 || !limited {
		t.Error("lifetime", ms, limited)
	}
	for k := range s.All() {
		if k.ID == 1 && (k.ActivatesMs != math.MinInt64 || k.ExpiresMs != math.MaxInt64) ||
			k.ID == 2 && (k.ActivatesMs != math.MaxInt64/1000*1000 || k.ExpiresMs != math.MaxInt64) ||
			k.ID == 3 && (k.ActivatesMs != math.MinInt64 || k.ExpiresMs != math.MinInt64/1000*1000) {
			t.Errorf("%+v", k)
		}
	}
	if _, ok := s.ActiveKey(1, 1700000000000); !ok {
		t.Error("a key that is always active is not")
	}
}

func TestSynced(t *testing.T) {
	s := mustParse(t, bodyJSON("", keyJSON(1, 1, 20, ""), keyJSON(2, 1, 10, "")))
	for nowMs, want := range map[int64]bool{0: true, 19999: true, 20000: false, 20001: false} {
		if s.Synced(nowMs) != want {
			t.Errorf("at %d: %v", nowMs, !want)
		}
	}
	past := mustParse(t, bodyJSON("", keyJSON(1, -30, -20, "")))
	if past.LatestExpiryMs() != -20000 || past.Synced(-20000) || !past.Synced(-20001) {
		t.Error("an expiry before 1970", past.LatestExpiryMs())
	}
	if empty := mustParse(t, bodyJSON("")); empty.Synced(-1) || empty.LatestExpiryMs() != 0 {
		t.Error("an empty set is synced")
	}
}

func TestZeroSnapshot(t *testing.T) {
	var s keyset.Snapshot
	if s.Scope() != 0 || s.Len() != 0 || s.Keys().Len() != 0 || s.Keys().Lookup(1) != nil || s.Synced(math.MinInt64) {
		t.Error("not empty")
	}
	if _, ok := s.ActiveKey(0, 0); ok {
		t.Error("it has an active key")
	}
	if s.NameAllowed(0, "x") || s.ClockSkewMs() != 1800000 || s.TokenExpiryMs() != 2592000000 {
		t.Error("defaults")
	}
	for range s.All() {
		t.Error("it yields a key")
	}
}
