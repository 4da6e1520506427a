package uid2test_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// Messages of operators that stand in several rows.
const (
	exactlyOne = "Required Parameter Missing: exactly one of [email, email_hash, phone, phone_hash] must be specified"
	oneOrMore  = "Required Parameter Missing: one or more of [email, email_hash, phone, phone_hash] must be specified"
	noConsent  = "User consent is invalid"
	badFormat  = "Incorrect request format"
	badDate    = "invalid date, must conform to ISO 8601"
	seeDocs    = " See https://unifiedid.com/docs/getting-started/gs-encryption-decryption#encryption-and-decryption-code-examples" +
		" for encryption and decryption code examples."
	plainJSON = "Invalid body: The request body is unencrypted JSON. It must be an encrypted request envelope." + seeDocs
	notBase64 = "Invalid body: Body is not valid base64." + seeDocs
	noSuchKey = "Invalid key: Generator of this token (Key ID: 16909060) does not exist."
	wrongKey  = "Invalid data: Check encryption method and encryption key."
)

// realAnswer is how an operator answers, word for word.
type realAnswer struct {
	endpoint, what string
	ask            func(w *wire) heard // by the publisher of PublisherSite with every role, unless it says otherwise
	http           int
	status         string // of the JSON; "" if the answer is text
	message        string // of the JSON, or the text
	body           string // of the JSON; "" is any

	differs string // why this server deliberately doesn't answer as an operator does; the columns before are what it answers
}

// sealed asks with a payload in an envelope.
func sealed(path, payload string) func(*wire) heard {
	return func(w *wire) heard { return w.ask(path, payload) }
}

// by asks as another participant.
func by(c uid2test.Client, ask func(*wire) heard) func(*wire) heard {
	return func(w *wire) heard { return ask(w.as(w.s.AddClient(c))) }
}

// anonymous asks without an API key.
func anonymous(ask func(*wire) heard) func(*wire) heard {
	return func(w *wire) heard { return ask(w.as(nil)) }
}

// refreshed refreshes what becomes of alice's refresh token.
func refreshed(change func(w *wire, token string) string) func(*wire) heard {
	return func(w *wire) heard {
		i := w.as(w.s.Client()).identity(`{"email":"alice@example.com"}`)
		return w.refresh(change(w, i.RefreshToken), i.ResponseKey)
	}
}

func damaged(at int) func(*wire, string) string {
	return func(w *wire, token string) string { return w.damage(token, at) }
}

// ofUnknownKey has 16909060, 01020304 in hexadecimal, for the id of its key.
func ofUnknownKey(w *wire, token string) string {
	raw, err := base64.StdEncoding.DecodeString(token)
	w.must(err)
	copy(raw[1:], "\x01\x02\x03\x04")
	return base64.StdEncoding.EncodeToString(raw)
}

func constant(text string) func(*wire, string) string {
	return func(*wire, string) string { return text }
}

// validated asks whether a token of alice's, made for a site, is hers.
func validated(site uint32, name string) func(*wire) heard {
	return func(w *wire) heard {
		token := w.s.Token(uid2test.TokenSpec{Email: email, SiteID: site})
		return w.ask(uid2test.PathValidate, `{"`+name+`","token":"`+token+`"}`)
	}
}

// enveloped posts what becomes of an envelope to the endpoint for keys.
func enveloped(contentType string, change func(w *wire, sealed []byte) []byte) func(*wire) heard {
	return func(w *wire) heard {
		return w.postSealed(uid2test.PathBidstream, contentType, change(w, w.seal("")))
	}
}

func inBase64(_ *wire, sealed []byte) []byte { return base64.StdEncoding.AppendEncode(nil, sealed) }

func as(body string) func(*wire, []byte) []byte {
	return func(*wire, []byte) []byte { return []byte(body) }
}

// off asks with a clock that is wrong.
func off(by time.Duration) func(*wire) heard {
	return func(w *wire) heard {
		w.off = by
		return w.ask(uid2test.PathBidstream, "")
	}
}

// emptied is a payload's lists in an answer of the identity map v3 that has nothing else.
func emptied(name, list string) string {
	lists := map[string]json.RawMessage{"email": []byte("[]"), "email_hash": []byte("[]"), "phone": []byte("[]"), "phone_hash": []byte("[]")}
	lists[name] = []byte(list)
	text, err := json.Marshal(lists)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func since(text string) func(*wire) heard {
	return sealed(uid2test.PathIdentityBuckets, `{"since_timestamp":`+text+`}`)
}

const (
	hash31 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
	hash33 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

// realAnswers are those of a running operator, version 5.70, beside a few that its source code gives away.
var realAnswers = []realAnswer{
	// The endpoint for refreshing takes refresh tokens apart before it looks who is asking.
	{"refresh", "damaged", refreshed(damaged(100)), 400, "client_error", wrongKey, "", ""},
	{"refresh", "damaged, anonymous", anonymous(refreshed(damaged(100))), 400, "client_error", wrongKey, "", ""},
	{"refresh", "of an unknown key", refreshed(ofUnknownKey), 400, "client_error", noSuchKey, "", ""},
	{"refresh", "of an unknown key, anonymous", anonymous(refreshed(ofUnknownKey)), 400, "client_error", noSuchKey, "", ""},
	{"refresh", "388 characters that are no base64", refreshed(constant(strings.Repeat("!", 388))), 400, "client_error", "Invalid body: Body is not valid base64.", "", ""},
	{"refresh", "scope byte changed", of(email, refreshed(damaged(0))), 200, "success", "", "", ""},
	{"refresh", "387 characters", refreshed(func(_ *wire, token string) string { return token[1:] }), 400, "invalid_token", "Invalid Token presented", "", ""},
	{"refresh", "389 characters", refreshed(func(_ *wire, token string) string { return token + "\n" }), 400, "invalid_token", "Invalid Token presented", "", ""},
	{"refresh", "387 characters, by a caller without roles", by(uid2test.Client{}, refreshed(func(_ *wire, token string) string { return token[1:] })), 400, "invalid_token", "Invalid Token presented", "", ""},
	{"refresh", "387 characters, anonymous", anonymous(refreshed(func(_ *wire, token string) string { return token[1:] })), 400, "error", "Error refreshing token", "", ""},
	{"refresh", "of a retired key", refreshed(ofRetiredKey), 400, "client_error", "Invalid key: Generator of this token (Key ID: 2114020328) does not exist.", "", ""},
	{"refresh", "multipart", func(w *wire) heard {
		return w.post(uid2test.PathRefresh, "multipart/form-data; boundary=x", make([]byte, 388)).read()
	}, 400, "invalid_token", "Invalid Token presented", "", ""},
	{"refresh", "expired", expired, 400, "expired_token", "Expired Token presented", "", ""},
	{"refresh", "expired, anonymous", anonymous(expired), 400, "error", "Error refreshing token", "", ""},
	{"refresh", "established before 8 March 2021", establishedLongAgo, 200, "optout", "", "", ""},
	{"refresh", "without a response key", of(email, withoutResponseKey), 200, "success", "", "", ""},

	{"validate", "matches", validated(uid2test.PublisherSite, `email":"alice@example.com`), 200, "success", "", "true", ""},
	{"validate", "doesn't match", validated(uid2test.PublisherSite, `email":"bob@example.com`), 200, "success", "", "false", ""},
	{"validate", "publisher without a keyset of its own", by(uid2test.Client{SiteID: 8000, Roles: uid2test.Generator}, validated(8000, `email":"alice@example.com`)), 400, "client_error", "Unauthorised to validate token", "", ""},
	{"validate", "token of another site", validated(uid2test.SharedSite, `email":"alice@example.com`), 400, "client_error", "Unauthorised to validate token", "", ""},
	{"validate", "token that is none", sealed(uid2test.PathValidate, `{"email":"alice@example.com","token":"nonsense"}`), 400, "client_error", "Invalid token", "", ""},
	{"validate", "empty payload", sealed(uid2test.PathValidate, ""), 400, "client_error", exactlyOne, "", ""},
	{"validate", "nobody's token", sealed(uid2test.PathValidate, `{"token":"nonsense"}`), 400, "client_error", exactlyOne, "", ""},

	{"generate", "empty payload", sealed(uid2test.PathGenerate, ""), 400, "client_error", exactlyOne, "", ""},
	{"generate", "two identities", sealed(uid2test.PathGenerate, `{"email":"alice@example.com","phone":"+12345678901"}`), 400, "client_error", exactlyOne, "", ""},
	{"generate", "two identities, one of them null", sealed(uid2test.PathGenerate, `{"email":"alice@example.com","phone":null}`), 200, "success", "", "", ""},
	{"generate", "key Email", sealed(uid2test.PathGenerate, `{"Email":"alice@example.com"}`), 400, "client_error", exactlyOne, "", ""},
	{"generate", "no address", sealed(uid2test.PathGenerate, `{"email":"alice"}`), 400, "client_error", "Invalid Identifier", "", ""},
	{"generate", "email as array", of("[alice@example.com]", sealed(uid2test.PathGenerate, `{"email":["alice@example.com"]}`)), 200, "success", "", "", ""},
	{"generate", "email as object", of("{a=[1,null],b=c@example.com}", sealed(uid2test.PathGenerate, `{"email":{"a":[1,null],"b":"c@example.com"}}`)), 200, "success", "", "", ""},
	{"generate", "tcf as number", of(email, sealed(uid2test.PathGenerate, `{"email":"alice@example.com","tcf_consent_string":7}`)), 200, "success", "", "", ""},
	{"generate", "email_hash of 31 bytes", sealed(uid2test.PathGenerate, `{"email_hash":"`+hash31+`"}`), 200, "success", "", "", ""},
	{"generate", "email_hash of 33 bytes", sealed(uid2test.PathGenerate, `{"email_hash":"`+hash33+`"}`), 200, "success", "", "", ""},
	{"generate", "email_hash without padding", sealed(uid2test.PathGenerate, `{"email_hash":"`+hash33[:43]+`"}`), 400, "client_error", "Invalid Identifier", "", ""},
	{"generate", "user who opted out", sealed(uid2test.PathGenerate, `{"email":"optout@example.com"}`), 200, "optout", "", "", ""},
	{"generate", "without the role", by(uid2test.Client{Roles: uid2test.IDReader}, sealed(uid2test.PathGenerate, "")), 401, "unauthorized", "", "", ""},

	{"v3 map", "unknown key beside a known one", sealed(uid2test.PathIdentityMap, `{"email":["alice"],"policy":1}`), 400, "client_error", badFormat, "", ""},
	{"v3 map", "key Email", sealed(uid2test.PathIdentityMap, `{"Email":["alice"]}`), 400, "client_error", badFormat, "", ""},
	{"v3 map", "null element", sealed(uid2test.PathIdentityMap, `{"phone":["alice",null]}`), 400, "client_error", badFormat, "", ""},
	{"v3 map", "array as element", sealed(uid2test.PathIdentityMap, `{"email":[[]]}`), 400, "client_error", badFormat, "", ""},
	{"v3 map", "object as element", sealed(uid2test.PathIdentityMap, `{"email":[{}]}`), 400, "client_error", badFormat, "", ""},
	{"v3 map", "text in place of a list", sealed(uid2test.PathIdentityMap, `{"email":"alice@example.com"}`), 400, "client_error", badFormat, "", ""},
	{"v3 map", "null in place of a list", sealed(uid2test.PathIdentityMap, `{"email":null}`), 200, "success", "", emptied("email", "[]"), ""},
	{"v3 map", "number and boolean element", sealed(uid2test.PathIdentityMap, `{"email_hash":[7,true]}`), 200, "success", "", emptied("email_hash", repeat(`{"e":"invalid identifier"}`, 2)), ""},
	{"v3 map", "user who opted out", sealed(uid2test.PathIdentityMap, `{"phone":["+00000000000"]}`), 200, "success", "", emptied("phone", `[{"e":"optout"}]`), ""},
	{"v3 map", "empty payload", sealed(uid2test.PathIdentityMap, ""), 400, "client_error", oneOrMore, "", ""},
	{"v3 map", "no key", sealed(uid2test.PathIdentityMap, "{}"), 400, "client_error", oneOrMore, "", ""},
	{"v3 map", "30,000 elements", sealed(uid2test.PathIdentityMap, `{"phone":`+repeat(`"7"`, 30_000)+`}`), 200, "success", "", emptied("phone", repeat(`{"e":"invalid identifier"}`, 30_000)), ""},

	{"v2 map", "number and boolean element", sealed(uid2test.PathIdentityMapV2, `{"email":[7,true]}`), 200, "success", "", `{"mapped":[],"unmapped":[{"identifier":"7","reason":"invalid identifier"},{"identifier":"true","reason":"invalid identifier"}]}`, ""},
	{"v2 map", "null element", sealed(uid2test.PathIdentityMapV2, `{"email":["alice",null]}`), 500, "unknown", "Unknown error while mapping identity v2", "", ""},
	{"v2 map", "empty payload", sealed(uid2test.PathIdentityMapV2, ""), 500, "unknown", "Unknown error while mapping identity v2", "", ""},
	{"v2 map", "no list", sealed(uid2test.PathIdentityMapV2, `{"Email":["alice"],"phone":null}`), 400, "client_error", exactlyOne, "", ""},
	{"v2 map", "two lists", sealed(uid2test.PathIdentityMapV2, `{"email":["alice"],"phone":["7"]}`), 400, "client_error", exactlyOne, "", ""},
	{"v2 map", "two lists, one of them empty", sealed(uid2test.PathIdentityMapV2, `{"email":["alice"],"phone":[]}`), 200, "success", "", `{"mapped":[],"unmapped":[{"identifier":"alice","reason":"invalid identifier"}]}`, ""},
	{"v2 map", "empty list", sealed(uid2test.PathIdentityMapV2, `{"email":[]}`), 200, "success", "", `{"mapped":[]}`, ""},
	{"v2 map", "text in place of a list", sealed(uid2test.PathIdentityMapV2, `{"phone_hash":"7"}`), 400, "client_error", "phone_hash must be an array", "", ""},
	{"v2 map", "30,000 elements", sealed(uid2test.PathIdentityMapV2, `{"email":`+repeat(`"optout@example.com"`, 30_000)+`}`), 200, "success", "", `{"mapped":[],"unmapped":` + repeat(`{"identifier":"optout@example.com","reason":"optout"}`, 30_000) + `}`, ""},
	{"v2 map", "service client with a bad link_id", by(service, linked("other")), 401, "unauthorized", "Invalid link_id", "", ""},
	{"v2 map", "service client without links", by(uid2test.Client{Roles: uid2test.Mapper, Links: []string{}}, linked("link")), 401, "unauthorized", "Invalid link_id", "", ""},
	{"v2 map", "service client with a good link_id", by(service, linked("link")), 200, "success", "", `{"mapped":[]}`, ""},
	{"v2 map", "service client without link_id", by(service, sealed(uid2test.PathIdentityMapV2, `{"email":[]}`)), 200, "success", "", `{"mapped":[]}`, ""},
	{"v2 map", "other client with a link_id", linked("link"), 200, "success", "", `{"mapped":[]}`, ""},
	{"v2 map", "service client with a bad link_id and no list", by(service, sealed(uid2test.PathIdentityMapV2, `{"link_id":"other"}`)), 400, "client_error", exactlyOne, "", ""},

	{"buckets", "empty payload", sealed(uid2test.PathIdentityBuckets, ""), 500, "", "Internal Server Error", "", ""},
	{"buckets", "field missing", sealed(uid2test.PathIdentityBuckets, `{"Since_timestamp":"2020-01-01T00:00:00"}`), 400, "client_error", "missing parameter since_timestamp", "", ""},
	{"buckets", "field null", since("null"), 400, "client_error", "missing parameter since_timestamp", "", ""},
	{"buckets", "far future", since(`"2300-01-01T00:00:00"`), 200, "success", "", "[]", ""},
	{"buckets", "without seconds", since(`"2300-01-01T00:00"`), 200, "success", "", "[]", ""},
	{"buckets", "lower-case t", since(`"2300-01-01t00:00:00"`), 200, "success", "", "[]", ""},
	{"buckets", "year -2020", since(`"-2020-01-01T00:00:00"`), 200, "success", "", "", ""},
	{"buckets", "year 99999", since(`"+99999-01-01T00:00:00"`), 200, "success", "", "[]", ""},
	{"buckets", "fraction after a point", since(`"2300-01-01T00:00:00.5"`), 200, "success", "", "[]", ""},
	{"buckets", "fraction after a comma", since(`"2300-01-01T00:00:00,5"`), 400, "client_error", badDate, "", ""},
	{"buckets", "with a zone", since(`"2300-01-01T00:00:00Z"`), 400, "client_error", badDate, "", ""},
	{"buckets", "30 February", since(`"2300-02-30T00:00:00"`), 400, "client_error", badDate, "", ""},
	{"buckets", "24 o'clock", since(`"2300-02-03T24:00:00"`), 400, "client_error", badDate, "", ""},
	{"buckets", "second 60", since(`"2300-02-03T23:59:60"`), 400, "client_error", badDate, "", ""},
	{"buckets", "number", since("2020"), 400, "client_error", badDate, "", ""},

	{"opt-out status", "no payload", sealed(uid2test.PathOptOutStatus, ""), 400, "client_error", "Invalid request body", "", ""},
	{"opt-out status", "field missing", sealed(uid2test.PathOptOutStatus, "{}"), 400, "client_error", "Required Parameter Missing: advertising_ids", "", ""},
	{"opt-out status", "null", statusOf("null"), 400, "client_error", "Required Parameter Missing: advertising_ids", "", ""},
	{"opt-out status", "string", statusOf(`"x"`), 500, "unknown", "Unknown error while getting optout status", "", ""},
	{"opt-out status", "object", statusOf("{}"), 500, "unknown", "Unknown error while getting optout status", "", ""},
	{"opt-out status", "number and boolean element", statusOf("[7,true]"), 200, "success", "", `{"opted_out":[]}`, ""},
	{"opt-out status", "5,000 elements", statusOf(repeat(`"7"`, 5000)), 200, "success", "", `{"opted_out":[]}`, ""},
	{"opt-out status", "5,001 elements", statusOf(repeat(`"7"`, 5001)), 400, "client_error", "Request payload is too large", "", ""},
	{"opt-out status", "raw UID of version 4, as it is", optedOut(v4, v4), 200, "success", "", `{"opted_out":[]}`, ""},
	{"opt-out status", "raw UID of version 4, as it is announced", optedOut(v4, v4Announced), 200, "success", "", `{"opted_out":[{"advertising_id":"` + v4Announced + `","opted_out_since":1800000000000}]}`, ""},

	{"key/bidstream", "without the role", by(uid2test.Client{Roles: uid2test.Sharer}, sealed(uid2test.PathBidstream, "")), 401, "unauthorized", "", "", ""},
	{"key/bidstream", "site_data", by(uid2test.Client{Roles: uid2test.IDReader, Reads: []uint32{8000}}, withSites(field("site_data", sealed(uid2test.PathBidstream, "")))), 200, "success", "", `[{"id":8000,"domain_names":["publisher.example"]}]`, ""},
	{"key/bidstream", "site_data of a caller who reads no site's keys", by(uid2test.Client{Roles: uid2test.IDReader}, withSites(field("site_data", sealed(uid2test.PathBidstream, "")))), 200, "success", "", "[]", ""},
	{"key/sharing", "site_data of a caller who reads no site's keys", by(uid2test.Client{Roles: uid2test.IDReader}, withSites(field("site_data", sealed(uid2test.PathSharing, "")))), 200, "success", "", "[]", ""},
	{"key/sharing", "SHARER without a keyset", by(uid2test.Client{Roles: uid2test.Sharer, NoKeys: true}, field("default_keyset_id", sealed(uid2test.PathSharing, ""))), 200, "success", "", "absent", ""},
	{"key/sharing", "SHARER with a keyset", by(uid2test.Client{Roles: uid2test.Sharer}, field("default_keyset_id", sealed(uid2test.PathSharing, ""))), 200, "success", "", "6", ""},
	{"key/sharing", "token_expiry_seconds", field("token_expiry_seconds", sealed(uid2test.PathSharing, "")), 200, "success", "", `"2592000"`, ""},
	{"key/sharing", "master_keyset_id", field("master_keyset_id", sealed(uid2test.PathSharing, "")), 200, "success", "", "9999999", ""},
	{"key/latest", "caller of a reserved site", by(uid2test.Client{Roles: uid2test.IDReader, SiteID: uid2test.SharedSite}, sealed(uid2test.PathLatest, "")), 401, "invalid_client", "Unexpected client site id 2", "", ""},

	{"envelope", "as text", enveloped("text/plain", inBase64), 200, "success", "", "", ""},
	{"envelope", "as a form of one part", enveloped("application/x-www-form-urlencoded", inBase64), 200, "success", "", "", ""},
	{"envelope", "unpadded base64", enveloped("text/plain", unpadded), 200, "success", "", "", ""},
	{"envelope", "base64 with a line break", enveloped("text/plain", func(w *wire, sealed []byte) []byte { return append(inBase64(w, sealed), '\n') }), 400, "client_error", notBase64, "", ""},
	{"envelope", "base64 for URLs", enveloped("text/plain", as("-_-_")), 400, "client_error", notBase64, "", ""},
	{"envelope", "octet-stream", enveloped(octetStream, bare), 200, "success", "", "", ""},
	{"envelope", "Octet-Stream", enveloped("Application/Octet-Stream", bare), 200, "success", "", "", ""},
	{"envelope", "octet-stream that is text", enveloped(octetStream, inBase64), 200, "success", "", "", ""},
	{"envelope", "octet-stream; charset=utf-8", enveloped(octetStream+"; charset=utf-8", bare), 400, "client_error", notBase64, "", ""},
	{"envelope", "octet-stream; charset=utf-8 that is text", enveloped(octetStream+"; charset=utf-8", inBase64), 200, "success", "", "", ""},
	{"envelope", "multipart", enveloped("multipart/form-data; boundary=x", inBase64), 400, "client_error", "Invalid body: Body is missing.", "", ""},
	{"envelope", "missing", enveloped("text/plain", as("")), 400, "client_error", "Invalid body: Body is missing.", "", ""},
	{"envelope", "no base64", enveloped("text/plain", as("{")), 400, "client_error", notBase64, "", ""},
	{"envelope", "plain JSON", enveloped("text/plain", as(`{"email":"alice@example.com"}`)), 400, "client_error", plainJSON, "", ""},
	{"envelope", "base64 of plain JSON", enveloped("text/plain", func(w *wire, _ []byte) []byte {
		return inBase64(w, []byte(`{"advertising_ids":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}`))
	}), 400, "client_error", plainJSON, "", ""},
	{"envelope", "base64 of short plain JSON", enveloped("text/plain", func(w *wire, _ []byte) []byte { return inBase64(w, []byte("{}")) }), 400, "client_error", plainJSON, "", ""},
	{"envelope", "base64 of short plain JSON as octet-stream", enveloped(octetStream, func(w *wire, _ []byte) []byte { return inBase64(w, []byte("{}")) }), 400, "client_error", plainJSON, "", ""},
	{"envelope", "too short", enveloped("text/plain", as("dGVzdA==")), 400, "client_error", "Invalid body: Body too short. Check encryption method." + seeDocs, "", ""},
	{"envelope", "of version 2", enveloped("text/plain", ofVersion2), 400, "client_error", "Invalid body: Invalid request envelope format version: received 2, must be 1." + seeDocs, "", ""},
	{"envelope", "of version 2, text as octet-stream", enveloped(octetStream, ofVersion2), 400, "client_error", "Invalid body: Invalid request envelope format version: received 2, must be 1." + seeDocs, "", ""},
	{"envelope", "damaged", enveloped("text/plain", func(w *wire, sealed []byte) []byte { sealed[20] ^= 1; return inBase64(w, sealed) }), 400, "client_error", "Invalid body: Check encryption key (ClientSecret)." + seeDocs, "", ""},
	{"envelope", "119 s late", off(-119 * time.Second), 200, "success", "", "", ""},
	{"envelope", "119 s early", off(119 * time.Second), 200, "success", "", "", ""},
	{"envelope", "121 s late", off(-121 * time.Second), 400, "client_error", "Invalid timestamp: Request too old or client time drift.", "", ""},
	{"envelope", "121 s early", off(121 * time.Second), 400, "client_error", "Invalid timestamp: Request too old or client time drift.", "", ""},
	{"envelope", "payload of an array", sealed(uid2test.PathBidstream, "[]"), 400, "client_error", "Invalid payload in body: Data is not valid json string.", "", ""},
	{"envelope", "payload of two objects", sealed(uid2test.PathBidstream, "{}{}"), 400, "client_error", "Invalid payload in body: Data is not valid json string.", "", ""},
	{"envelope", "payload null", sealed(uid2test.PathBidstream, "null"), 400, "client_error", "Invalid payload in body: Data is not valid json string.", "", ""},
	{"envelope", "1 MiB", enveloped(octetStream, as(strings.Repeat("\x01", 1<<20))), 400, "client_error", "Invalid body: Check encryption key (ClientSecret)." + seeDocs, "", ""},
	{"envelope", "more than 1 MiB, anonymous", anonymous(func(w *wire) heard {
		return w.post(uid2test.PathBidstream, octetStream, make([]byte, 1<<20+1))
	}), 413, "", "Request Entity Too Large", "", ""},

	{"paths", "trailing slash", sealed(uid2test.PathBidstream+"/", ""), 200, "success", "", "", ""},
	{"paths", "doubled slash", sealed("/"+strings.ReplaceAll(uid2test.PathBidstream, "/", "//"), ""), 200, "success", "", "", ""},
	{"paths", "unknown", func(w *wire) heard { return w.post("/v2/key", "text/plain", nil) }, 404, "", "404 page not found", "", "the text is net/http's; nobody reads it"},

	{"healthcheck", "GET", func(w *wire) heard { return w.get("/ops/healthcheck") }, 200, "", "OK", "", ""},
	{"logout", "any caller", sealed("/v2/token/logout", ""), 401, "unauthorized", "", "", ""},
	{"client-generate", "any request", func(w *wire) heard { return w.post("/v2/token/client-generate", "application/json", []byte("{}")) }, 404, "", "404 page not found", "",
		"browsers and apps call it, which nothing in this module is for; Token makes the tokens that they get"},
}

// euidAnswers are those of an operator of EUID.
var euidAnswers = []realAnswer{
	{"tcf", "consent, and legitimate interest", consenting(someConsent), 200, "success", "", "", ""},
	{"tcf", "= padding", consenting(someConsent + "=="), 200, "success", "", "", ""},
	{"tcf", "version 1", consenting("BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA"), 500, "unknown", "Unknown error while generating token v2", "", ""},
	{"tcf", "version 3", consenting("D" + someConsent[1:]), 400, "client_error", noConsent, "", ""},
	{"tcf", "all but purpose 1 by interest", consenting(consentFor(consented{21, []int{1}}, consented{21, []int{2, 3, 4, 7, 10}})), 200, "success", "", "", ""},
	{"tcf", "purpose 1 by interest", consenting(consentFor(consented{21, []int{2, 3, 4, 7, 10}}, consented{21, []int{1}})), 200, "insufficient_user_consent", "", "", ""},
	{"tcf", "empty", consenting(""), 400, "client_error", noConsent, "", ""},
	{"tcf", "null", sealed(uid2test.PathGenerate, `{"email":"alice@example.com","tcf_consent_string":null}`), 400, "client_error", noConsent, "", ""},
	{"tcf", "no base64", consenting("nonsense!"), 400, "client_error", noConsent, "", ""},
	{"tcf", "none", sealed(uid2test.PathGenerate, `{"email":"alice@example.com"}`), 200, "success", "", "", ""},
	{"envelope", "plain JSON", enveloped("text/plain", as("{}")), 400, "client_error", strings.Replace(plainJSON, "unifiedid.com", "euid.eu", 1), "", ""},
}

const someConsent = "CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA"

func consenting(tcf string) func(*wire) heard {
	return sealed(uid2test.PathGenerate, `{"email":"alice@example.com","tcf_consent_string":"`+tcf+`"}`)
}

var service = uid2test.Client{Roles: uid2test.Mapper, Links: []string{"link"}}

func linked(link string) func(*wire) heard {
	return sealed(uid2test.PathIdentityMapV2, `{"email":[],"link_id":"`+link+`"}`)
}

func statusOf(ids string) func(*wire) heard {
	return sealed(uid2test.PathOptOutStatus, `{"advertising_ids":`+ids+`}`)
}

// v4 is a raw UID of version 4, and the form in which its opt-out is announced.
const (
	v4          = "oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1"
	v4Announced = "IA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1"
)

// optedOut asks about a raw UID when another, or the same, has opted out.
func optedOut(who, asked string) func(*wire) heard {
	return func(w *wire) heard {
		uid, err := codec.DecodeRawUID(who)
		w.must(err)
		w.s.OptOut(uid, w.at.now())
		return statusOf(`["` + asked + `"]`)(w)
	}
}

// field takes the body's field with this name for the body.
func field(name string, ask func(*wire) heard) func(*wire) heard {
	return func(w *wire) heard {
		h := ask(w)
		var fields map[string]json.RawMessage
		w.must(json.Unmarshal(h.body, &fields))
		if h.body = fields[name]; h.body == nil {
			h.body = json.RawMessage("absent")
		}
		return h
	}
}

// withSites asks when there are sites with names besides PublisherSite.
func withSites(ask func(*wire) heard) func(*wire) heard {
	return func(w *wire) heard {
		w.s.AddSite(8000, "publisher.example")
		w.s.AddSite(8001, "other.example")
		return ask(w)
	}
}

// of wants a token of the user with this address.
func of(email string, ask func(*wire) heard) func(*wire) heard {
	return func(w *wire) heard {
		h := ask(w)
		if i := identityOf(w.t, answered{h.status, h.message, h.body}); w.opened(i.AdvertisingToken).UID != w.s.RawUID(uid2test.TokenSpec{Email: email}) {
			w.t.Error("the token is another user's")
		}
		return h
	}
}

func ofRetiredKey(w *wire, token string) string {
	w.s.RetireRefreshKey()
	return token
}

// expired refreshes a minute late.
func expired(w *wire) heard {
	return refreshed(func(w *wire, token string) string {
		w.at.at = w.at.at.Add(30*24*time.Hour + time.Minute)
		return token
	})(w)
}

// establishedLongAgo refreshes, expired or not, what operators have given up.
func establishedLongAgo(w *wire) heard {
	now := w.at.at
	w.at.at = time.Date(2021, 3, 8, 16, 59, 59, 999e6, time.UTC)
	return refreshed(func(w *wire, token string) string {
		w.at.at = now
		return token
	})(w)
}

// withoutResponseKey refreshes an identity of a very old session, whose answer comes in the clear.
func withoutResponseKey(w *wire) heard {
	var i identity
	w.must(json.Unmarshal(w.s.LegacyIdentity(uid2test.TokenSpec{Email: email}), &i))
	h := w.refresh(i.RefreshToken, nil)
	if h.contentType != "application/json" {
		w.t.Errorf("comes as %s", h.contentType)
	}
	return h
}

func bare(_ *wire, sealed []byte) []byte { return sealed }

// unpadded is another envelope, as this one needs no padding.
func unpadded(w *wire, _ []byte) []byte {
	return base64.RawStdEncoding.AppendEncode(nil, w.seal("{}"))
}

func ofVersion2(w *wire, sealed []byte) []byte {
	sealed[0] = 2
	return inBase64(w, sealed)
}

// TestAnswersOfTheRealOperator asks what a real operator was asked, and wants its answers. Rows in which this server is to differ
// say why.
func TestAnswersOfTheRealOperator(t *testing.T) {
	for scope, rows := range map[codec.Scope][]realAnswer{codec.ScopeUID2: realAnswers, codec.ScopeEUID: euidAnswers} {
		for _, row := range rows {
			t.Run(row.endpoint+"/"+row.what, func(t *testing.T) {
				at := newClock()
				s := start(t, uid2test.WithScope(scope), uid2test.WithNow(at.now))
				publisher := s.AddClient(uid2test.Client{
					SiteID: uid2test.PublisherSite, Roles: uid2test.IDReader | uid2test.Sharer | uid2test.Generator | uid2test.Mapper,
				})
				row.check(t, row.ask(&wire{t: t, s: s, at: at, who: publisher}))
			})
		}
	}
}

func (row *realAnswer) check(t *testing.T, got heard) {
	t.Helper()
	if got.http != row.http || got.status != row.status {
		t.Fatalf("got %d %q %q, want %d %q %q", got.http, got.status, got.message, row.http, row.status, row.message)
	}
	message, contentType := got.message, "application/json"
	switch {
	case row.status == "":
		message, contentType = strings.TrimSpace(got.text), "text/plain"
	case row.http == 200:
		contentType = got.contentType // of sealed answers others ask
	}
	if message != row.message {
		t.Errorf("says %q, want %q", message, row.message)
	}
	if !strings.HasPrefix(got.contentType, contentType) {
		t.Errorf("comes as %s, want %s", got.contentType, contentType)
	}
	if row.body != "" && string(got.body) != row.body {
		t.Errorf("body %.200s, want %.200s", got.body, row.body)
	}
	if (got.status == "optout" || got.status == "insufficient_user_consent") && got.body != nil {
		t.Errorf("%s with a body", got.status)
	}
}
