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

// Messages of operators that occur in several rows.
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

// realAnswer is an operator's answer, word for word.
type realAnswer struct {
	endpoint, what string
	ask            func(w *wire) heard // by the publisher of PublisherSite with every role, unless it says otherwise
	want           answer
}

// answer is the expected answer.
type answer struct {
	http    int
	status  string // of the JSON; "" if the answer is text
	message string // of the JSON, or the text
	body    string // of the JSON; "" accepts any

	differs string // why this server deliberately answers otherwise, as given here
}

func succeeds(body string) answer { return answer{http: 200, status: "success", body: body} }

func bad(message string) answer { return says(400, "client_error", message) }

func says(http int, status, message string) answer {
	return answer{http: http, status: status, message: message}
}

func but(here answer, differs string) answer {
	here.differs = differs
	return here
}

// sealed sends a payload in an envelope.
func sealed(path, payload string) func(*wire) heard {
	return func(w *wire) heard { return w.ask(path, payload) }
}

// by sends as another participant.
func by(c uid2test.Client, ask func(*wire) heard) func(*wire) heard {
	return func(w *wire) heard { return ask(w.as(w.s.AddClient(c))) }
}

// anonymous sends without an API key.
func anonymous(ask func(*wire) heard) func(*wire) heard {
	return func(w *wire) heard { return ask(w.as(nil)) }
}

// refreshed refreshes with a modified version of alice's refresh token.
func refreshed(change func(w *wire, token string) string) func(*wire) heard {
	return func(w *wire) heard {
		i := w.as(w.s.Client()).identity(`{"email":"alice@example.com"}`)
		return w.refresh(change(w, i.RefreshToken), i.ResponseKey)
	}
}

func damaged(at int) func(*wire, string) string {
	return func(w *wire, token string) string { return w.damage(token, at) }
}

// ofUnknownKey has a key id of 16909060, 01020304 in hexadecimal.
func ofUnknownKey(w *wire, token string) string {
	raw, err := base64.StdEncoding.DecodeString(token)
	w.must(err)
	copy(raw[1:], "\x01\x02\x03\x04")
	return base64.StdEncoding.EncodeToString(raw)
}

func constant(text string) func(*wire, string) string {
	return func(*wire, string) string { return text }
}

// validated asks whether a token made for alice and a site is hers.
func validated(site uint32, name string) func(*wire) heard {
	return func(w *wire) heard {
		token := w.s.Token(uid2test.TokenSpec{Email: email, SiteID: site})
		return w.ask(uid2test.PathValidate, `{"`+name+`","token":"`+token+`"}`)
	}
}

// enveloped posts a modified envelope to the endpoint for keys.
func enveloped(contentType string, change func(w *wire, sealed []byte) []byte) func(*wire) heard {
	return func(w *wire) heard {
		return w.postSealed(uid2test.PathBidstream, contentType, change(w, w.seal("")))
	}
}

func inBase64(_ *wire, sealed []byte) []byte { return base64.StdEncoding.AppendEncode(nil, sealed) }

func as(body string) func(*wire, []byte) []byte {
	return func(*wire, []byte) []byte { return []byte(body) }
}

// off sends with a wrong clock.
func off(by time.Duration) func(*wire) heard {
	return func(w *wire) heard {
		w.off = by
		return w.ask(uid2test.PathBidstream, "")
	}
}

// emptied returns the lists of a payload as in an otherwise empty answer of the identity map v3.
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

// realAnswers are those of a running operator, version 5.70, and a few that its source code
// implies.
var realAnswers = []realAnswer{
	// The endpoint for refreshing parses refresh tokens before it checks the caller.
	{"refresh", "damaged", refreshed(damaged(100)), bad(wrongKey)},
	{"refresh", "damaged, anonymous", anonymous(refreshed(damaged(100))), bad(wrongKey)},
	{"refresh", "of an unknown key", refreshed(ofUnknownKey), bad(noSuchKey)},
	{"refresh", "of an unknown key, anonymous", anonymous(refreshed(ofUnknownKey)), bad(noSuchKey)},
	{"refresh", "388 characters that are no base64", refreshed(constant(strings.Repeat("!", 388))), bad("Invalid body: Body is not valid base64.")},
	{"refresh", "scope byte changed", of(email, refreshed(damaged(0))), succeeds("")},
	{"refresh", "387 characters", refreshed(func(_ *wire, token string) string { return token[1:] }), says(400, "invalid_token", "Invalid Token presented")},
	{"refresh", "389 characters", refreshed(func(_ *wire, token string) string { return token + "\n" }), says(400, "invalid_token", "Invalid Token presented")},
	{"refresh", "387 characters, by a caller without roles", by(uid2test.Client{}, refreshed(func(_ *wire, token string) string { return token[1:] })), says(400, "invalid_token", "Invalid Token presented")},
	{"refresh", "387 characters, anonymous", anonymous(refreshed(func(_ *wire, token string) string { return token[1:] })), says(400, "error", "Error refreshing token")},
	{"refresh", "of a retired key", refreshed(ofRetiredKey), bad("Invalid key: Generator of this token (Key ID: 2114020328) does not exist.")},
	{"refresh", "multipart", func(w *wire) heard {
		return w.post(uid2test.PathRefresh, "multipart/form-data; boundary=x", make([]byte, 388)).read()
	}, says(400, "invalid_token", "Invalid Token presented")},
	{"refresh", "expired", expired, says(400, "expired_token", "Expired Token presented")},
	{"refresh", "expired, anonymous", anonymous(expired), says(400, "error", "Error refreshing token")},
	{"refresh", "established at 17:00 on 8 March 2021", establishedAt(refreshCutoff), says(400, "expired_token", "Expired Token presented")},
	{"refresh", "established before", establishedAt(refreshCutoff.Add(-time.Millisecond)), says(200, "optout", "")},
	{"refresh", "without a response key", of(email, withoutResponseKey), succeeds("")},

	{"validate", "matches", validated(uid2test.PublisherSite, `email":"alice@example.com`), succeeds("true")},
	{"validate", "doesn't match", validated(uid2test.PublisherSite, `email":"bob@example.com`), succeeds("false")},
	{"validate", "publisher without a keyset of its own", by(uid2test.Client{SiteID: 8000, Roles: uid2test.Generator}, validated(8000, `email":"alice@example.com`)), bad("Unauthorised to validate token")},
	{"validate", "token of another site", validated(uid2test.SharedSite, `email":"alice@example.com`), bad("Unauthorised to validate token")},
	{"validate", "token that is none", sealed(uid2test.PathValidate, `{"email":"alice@example.com","token":"nonsense"}`), bad("Invalid token")},
	{"validate", "empty payload", sealed(uid2test.PathValidate, ""), bad(exactlyOne)},
	{"validate", "nobody's token", sealed(uid2test.PathValidate, `{"token":"nonsense"}`), bad(exactlyOne)},

	{"generate", "empty payload", sealed(uid2test.PathGenerate, ""), bad(exactlyOne)},
	{"generate", "two identities", sealed(uid2test.PathGenerate, `{"email":"alice@example.com","phone":"+12345678901"}`), bad(exactlyOne)},
	{"generate", "two identities, one of them null", sealed(uid2test.PathGenerate, `{"email":"alice@example.com","phone":null}`), succeeds("")},
	{"generate", "key Email", sealed(uid2test.PathGenerate, `{"Email":"alice@example.com"}`), bad(exactlyOne)},
	{"generate", "no address", sealed(uid2test.PathGenerate, `{"email":"alice"}`), bad("Invalid Identifier")},
	{"generate", "email as array", of("[alice@example.com]", sealed(uid2test.PathGenerate, `{"email":["alice@example.com"]}`)), succeeds("")},
	{"generate", "email as object", of("{a=[1,null],b=c@example.com}", sealed(uid2test.PathGenerate, `{"email":{"a":[1,null],"b":"c@example.com"}}`)), succeeds("")},
	{"generate", "tcf as number", of(email, sealed(uid2test.PathGenerate, `{"email":"alice@example.com","tcf_consent_string":7}`)), succeeds("")},
	{"generate", "email_hash of 31 bytes", sealed(uid2test.PathGenerate, `{"email_hash":"`+hash31+`"}`), succeeds("")},
	{"generate", "email_hash of 33 bytes", sealed(uid2test.PathGenerate, `{"email_hash":"`+hash33+`"}`), succeeds("")},
	{"generate", "email_hash without padding", sealed(uid2test.PathGenerate, `{"email_hash":"`+hash33[:43]+`"}`), bad("Invalid Identifier")},
	{"generate", "user who opted out", sealed(uid2test.PathGenerate, `{"email":"optout@example.com"}`), says(200, "optout", "")},
	{"generate", "without the role", by(uid2test.Client{Roles: uid2test.IDReader}, sealed(uid2test.PathGenerate, "")), says(401, "unauthorized", "")},

	{"v3 map", "unknown key beside a known one", sealed(uid2test.PathIdentityMap, `{"email":["alice"],"policy":1}`), bad(badFormat)},
	{"v3 map", "key Email", sealed(uid2test.PathIdentityMap, `{"Email":["alice"]}`), bad(badFormat)},
	{"v3 map", "null element", sealed(uid2test.PathIdentityMap, `{"phone":["alice",null]}`), bad(badFormat)},
	{"v3 map", "array as element", sealed(uid2test.PathIdentityMap, `{"email":[[]]}`), bad(badFormat)},
	{"v3 map", "object as element", sealed(uid2test.PathIdentityMap, `{"email":[{}]}`), bad(badFormat)},
	{"v3 map", "text in place of a list", sealed(uid2test.PathIdentityMap, `{"email":"alice@example.com"}`), bad(badFormat)},
	{"v3 map", "null in place of a list", sealed(uid2test.PathIdentityMap, `{"email":null}`), succeeds(emptied("email", "[]"))},
	{"v3 map", "number and boolean element", sealed(uid2test.PathIdentityMap, `{"email_hash":[7,true]}`), succeeds(emptied("email_hash", repeat(`{"e":"invalid identifier"}`, 2)))},
	{"v3 map", "user who opted out", sealed(uid2test.PathIdentityMap, `{"phone":["+00000000000"]}`), succeeds(emptied("phone", `[{"e":"optout"}]`))},
	{"v3 map", "empty payload", sealed(uid2test.PathIdentityMap, ""), bad(oneOrMore)},
	{"v3 map", "no key", sealed(uid2test.PathIdentityMap, "{}"), bad(oneOrMore)},
	{"v3 map", "30,000 elements", sealed(uid2test.PathIdentityMap, `{"phone":`+repeat(`"7"`, 30_000)+`}`), succeeds(emptied("phone", repeat(`{"e":"invalid identifier"}`, 30_000)))},

	{"v2 map", "number and boolean element", sealed(uid2test.PathIdentityMapV2, `{"email":[7,true]}`), succeeds(`{"mapped":[],"unmapped":[{"identifier":"7","reason":"invalid identifier"},{"identifier":"true","reason":"invalid identifier"}]}`)},
	{"v2 map", "null element", sealed(uid2test.PathIdentityMapV2, `{"email":["alice",null]}`), says(500, "unknown", "Unknown error while mapping identity v2")},
	{"v2 map", "empty payload", sealed(uid2test.PathIdentityMapV2, ""), says(500, "unknown", "Unknown error while mapping identity v2")},
	{"v2 map", "no list", sealed(uid2test.PathIdentityMapV2, `{"Email":["alice"],"phone":null}`), bad(exactlyOne)},
	{"v2 map", "two lists", sealed(uid2test.PathIdentityMapV2, `{"email":["alice"],"phone":["7"]}`), bad(exactlyOne)},
	{"v2 map", "two lists, one of them empty", sealed(uid2test.PathIdentityMapV2, `{"email":["alice"],"phone":[]}`), succeeds(`{"mapped":[],"unmapped":[{"identifier":"alice","reason":"invalid identifier"}]}`)},
	{"v2 map", "empty list", sealed(uid2test.PathIdentityMapV2, `{"email":[]}`), succeeds(`{"mapped":[]}`)},
	{"v2 map", "text in place of a list", sealed(uid2test.PathIdentityMapV2, `{"phone_hash":"7"}`), bad("phone_hash must be an array")},
	{"v2 map", "30,000 elements", sealed(uid2test.PathIdentityMapV2, `{"email":`+repeat(`"optout@example.com"`, 30_000)+`}`), succeeds(`{"mapped":[],"unmapped":` + repeat(`{"identifier":"optout@example.com","reason":"optout"}`, 30_000) + `}`)},
	{"v2 map", "service client with a bad link_id", by(service, linked("other")), says(401, "unauthorized", "Invalid link_id")},
	{"v2 map", "service client without links", by(uid2test.Client{Roles: uid2test.Mapper, Links: []string{}}, linked("link")), says(401, "unauthorized", "Invalid link_id")},
	{"v2 map", "service client with a good link_id", by(service, linked("link")), succeeds(`{"mapped":[]}`)},
	{"v2 map", "service client without link_id", by(service, sealed(uid2test.PathIdentityMapV2, `{"email":[]}`)), succeeds(`{"mapped":[]}`)},
	{"v2 map", "other client with a link_id", linked("link"), succeeds(`{"mapped":[]}`)},
	{"v2 map", "service client with a bad link_id and no list", by(service, sealed(uid2test.PathIdentityMapV2, `{"link_id":"other"}`)), bad(exactlyOne)},

	{"buckets", "empty payload", sealed(uid2test.PathIdentityBuckets, ""), says(500, "", "Internal Server Error")},
	{"buckets", "field missing", sealed(uid2test.PathIdentityBuckets, `{"Since_timestamp":"2020-01-01T00:00:00"}`), bad("missing parameter since_timestamp")},
	{"buckets", "field null", since("null"), bad("missing parameter since_timestamp")},
	{"buckets", "far future", since(`"2300-01-01T00:00:00"`), succeeds("[]")},
	{"buckets", "without seconds", since(`"2300-01-01T00:00"`), succeeds("[]")},
	{"buckets", "lower-case t", since(`"2300-01-01t00:00:00"`), succeeds("[]")},
	{"buckets", "year -2020", since(`"-2020-01-01T00:00:00"`), succeeds("")},
	{"buckets", "year 99999", since(`"+99999-01-01T00:00:00"`), succeeds("[]")},
	{"buckets", "fraction after a point", since(`"2300-01-01T00:00:00.5"`), succeeds("[]")},
	{"buckets", "fraction after a comma", since(`"2300-01-01T00:00:00,5"`), bad(badDate)},
	{"buckets", "with a zone", since(`"2300-01-01T00:00:00Z"`), bad(badDate)},
	{"buckets", "30 February", since(`"2300-02-30T00:00:00"`), bad(badDate)},
	{"buckets", "24 o'clock", since(`"2300-02-03T24:00:00"`), bad(badDate)},
	{"buckets", "second 60", since(`"2300-02-03T23:59:60"`), bad(badDate)},
	{"buckets", "number", since("2020"), bad(badDate)},

	{"opt-out status", "no payload", sealed(uid2test.PathOptOutStatus, ""), bad("Invalid request body")},
	{"opt-out status", "field missing", sealed(uid2test.PathOptOutStatus, "{}"), bad("Required Parameter Missing: advertising_ids")},
	{"opt-out status", "null", statusOf("null"), bad("Required Parameter Missing: advertising_ids")},
	{"opt-out status", "string", statusOf(`"x"`), says(500, "unknown", "Unknown error while getting optout status")},
	{"opt-out status", "object", statusOf("{}"), says(500, "unknown", "Unknown error while getting optout status")},
	{"opt-out status", "number and boolean element", statusOf("[7,true]"), succeeds(`{"opted_out":[]}`)},
	{"opt-out status", "5,000 elements", statusOf(repeat(`"7"`, 5000)), succeeds(`{"opted_out":[]}`)},
	{"opt-out status", "5,001 elements", statusOf(repeat(`"7"`, 5001)), bad("Request payload is too large")},
	{"opt-out status", "raw UID of version 4, as it is", optedOut(v4, v4), succeeds(`{"opted_out":[]}`)},
	{"opt-out status", "raw UID of version 4, as it is announced", optedOut(v4, v4Announced), succeeds(`{"opted_out":[{"advertising_id":"` + v4Announced + `","opted_out_since":1800000000000}]}`)},

	{"key/bidstream", "without the role", by(uid2test.Client{Roles: uid2test.Sharer}, sealed(uid2test.PathBidstream, "")), says(401, "unauthorized", "")},
	{"key/bidstream", "site_data", by(uid2test.Client{Roles: uid2test.IDReader, Reads: []uint32{8000}}, withSites(field("site_data", sealed(uid2test.PathBidstream, "")))), succeeds(`[{"id":8000,"domain_names":["publisher.example"]}]`)},
	{"key/bidstream", "site_data of a caller who reads no site's keys", by(uid2test.Client{Roles: uid2test.IDReader}, withSites(field("site_data", sealed(uid2test.PathBidstream, "")))), succeeds("[]")},
	{"key/sharing", "site_data of a caller who reads no site's keys", by(uid2test.Client{Roles: uid2test.IDReader}, withSites(field("site_data", sealed(uid2test.PathSharing, "")))), succeeds("[]")},
	{"key/sharing", "SHARER without a keyset", by(uid2test.Client{Roles: uid2test.Sharer, NoKeys: true}, field("default_keyset_id", sealed(uid2test.PathSharing, ""))), succeeds("absent")},
	{"key/sharing", "SHARER with a keyset", by(uid2test.Client{Roles: uid2test.Sharer}, field("default_keyset_id", sealed(uid2test.PathSharing, ""))), succeeds("6")},
	{"key/sharing", "token_expiry_seconds", field("token_expiry_seconds", sealed(uid2test.PathSharing, "")), succeeds(`"2592000"`)},
	{"key/sharing", "master_keyset_id", field("master_keyset_id", sealed(uid2test.PathSharing, "")), succeeds("9999999")},
	{"key/latest", "caller of a reserved site", by(uid2test.Client{Roles: uid2test.IDReader, SiteID: uid2test.SharedSite}, sealed(uid2test.PathLatest, "")), says(401, "invalid_client", "Unexpected client site id 2")},

	{"envelope", "as text", enveloped("text/plain", inBase64), succeeds("")},
	{"envelope", "as a form of one part", enveloped("application/x-www-form-urlencoded", inBase64), succeeds("")},
	{"envelope", "unpadded base64", enveloped("text/plain", unpadded), succeeds("")},
	{"envelope", "base64 with a line break", enveloped("text/plain", func(w *wire, sealed []byte) []byte { return append(inBase64(w, sealed), '\n') }), bad(notBase64)},
	{"envelope", "base64 for URLs", enveloped("text/plain", as("-_-_")), bad(notBase64)},
	{"envelope", "octet-stream", enveloped(octetStream, bare), succeeds("")},
	{"envelope", "Octet-Stream", enveloped("Application/Octet-Stream", bare), succeeds("")},
	{"envelope", "octet-stream that is text", enveloped(octetStream, inBase64), succeeds("")},
	{"envelope", "octet-stream; charset=utf-8", enveloped(octetStream+"; charset=utf-8", bare), bad(notBase64)},
	{"envelope", "octet-stream; charset=utf-8 that is text", enveloped(octetStream+"; charset=utf-8", inBase64), succeeds("")},
	{"envelope", "multipart", enveloped("multipart/form-data; boundary=x", inBase64), bad("Invalid body: Body is missing.")},
	{"envelope", "missing", enveloped("text/plain", as("")), bad("Invalid body: Body is missing.")},
	{"envelope", "no base64", enveloped("text/plain", as("{")), bad(notBase64)},
	{"envelope", "plain JSON", enveloped("text/plain", as(`{"email":"alice@example.com"}`)), bad(plainJSON)},
	{"envelope", "base64 of plain JSON", enveloped("text/plain", func(w *wire, _ []byte) []byte {
		return inBase64(w, []byte(`{"advertising_ids":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}`))
	}), bad(plainJSON)},
	{"envelope", "base64 of short plain JSON", enveloped("text/plain", func(w *wire, _ []byte) []byte { return inBase64(w, []byte("{}")) }), bad(plainJSON)},
	{"envelope", "base64 of short plain JSON as octet-stream", enveloped(octetStream, func(w *wire, _ []byte) []byte { return inBase64(w, []byte("{}")) }), bad(plainJSON)},
	{"envelope", "too short", enveloped("text/plain", as("dGVzdA==")), bad("Invalid body: Body too short. Check encryption method." + seeDocs)},
	{"envelope", "of version 2", enveloped("text/plain", ofVersion2), bad("Invalid body: Invalid request envelope format version: received 2, must be 1." + seeDocs)},
	{"envelope", "of version 2, text as octet-stream", enveloped(octetStream, ofVersion2), bad("Invalid body: Invalid request envelope format version: received 2, must be 1." + seeDocs)},
	{"envelope", "damaged", enveloped("text/plain", func(w *wire, sealed []byte) []byte { sealed[20] ^= 1; return inBase64(w, sealed) }), bad("Invalid body: Check encryption key (ClientSecret)." + seeDocs)},
	{"envelope", "119 s late", off(-119 * time.Second), succeeds("")},
	{"envelope", "119 s early", off(119 * time.Second), succeeds("")},
	{"envelope", "121 s late", off(-121 * time.Second), bad("Invalid timestamp: Request too old or client time drift.")},
	{"envelope", "121 s early", off(121 * time.Second), bad("Invalid timestamp: Request too old or client time drift.")},
	{"envelope", "payload of an array", sealed(uid2test.PathBidstream, "[]"), bad("Invalid payload in body: Data is not valid json string.")},
	{"envelope", "payload of two objects", sealed(uid2test.PathBidstream, "{}{}"), bad("Invalid payload in body: Data is not valid json string.")},
	{"envelope", "payload null", sealed(uid2test.PathBidstream, "null"), bad("Invalid payload in body: Data is not valid json string.")},
	{"envelope", "1 MiB", enveloped(octetStream, as(strings.Repeat("\x01", 1<<20))), bad("Invalid body: Check encryption key (ClientSecret)." + seeDocs)},
	{"envelope", "more than 1 MiB, anonymous", anonymous(func(w *wire) heard {
		return w.post(uid2test.PathBidstream, octetStream, make([]byte, 1<<20+1))
	}), says(413, "", "Request Entity Too Large")},

	{"paths", "trailing slash", sealed(uid2test.PathBidstream+"/", ""), succeeds("")},
	{"paths", "doubled slash", sealed("/"+strings.ReplaceAll(uid2test.PathBidstream, "/", "//"), ""), succeeds("")},
	{"paths", "unknown", func(w *wire) heard { return w.post("/v2/key", "text/plain", nil) }, but(says(404, "", "404 page not found"), "the text is net/http's; nobody reads it")},

	{"healthcheck", "GET", func(w *wire) heard { return w.get("/ops/healthcheck") }, says(200, "", "OK")},
	{"logout", "any caller", sealed("/v2/token/logout", ""), says(401, "unauthorized", "")},
	{"client-generate", "any request", func(w *wire) heard { return w.post("/v2/token/client-generate", "application/json", []byte("{}")) },
		but(says(404, "", "404 page not found"), "browsers and apps call it, which nothing in this module is for; Token makes the tokens that they get")},
}

// euidAnswers are those of an EUID operator.
var euidAnswers = []realAnswer{
	{"tcf", "consent, and legitimate interest", consenting(someConsent), succeeds("")},
	{"tcf", "= padding", consenting(someConsent + "=="), succeeds("")},
	{"tcf", "version 1", consenting("BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA"), says(500, "unknown", "Unknown error while generating token v2")},
	{"tcf", "version 3", consenting("D" + someConsent[1:]), bad(noConsent)},
	{"tcf", "all but purpose 1 by interest", consenting(consentFor(consented{21, []int{1}}, consented{21, []int{2, 3, 4, 7, 10}})), succeeds("")},
	{"tcf", "purpose 1 by interest", consenting(consentFor(consented{21, []int{2, 3, 4, 7, 10}}, consented{21, []int{1}})), says(200, "insufficient_user_consent", "")},
	{"tcf", "empty", consenting(""), bad(noConsent)},
	{"tcf", "null", sealed(uid2test.PathGenerate, `{"email":"alice@example.com","tcf_consent_string":null}`), bad(noConsent)},
	{"tcf", "no base64", consenting("nonsense!"), bad(noConsent)},
	{"tcf", "none", sealed(uid2test.PathGenerate, `{"email":"alice@example.com"}`), succeeds("")},
	{"envelope", "plain JSON", enveloped("text/plain", as("{}")), bad(strings.Replace(plainJSON, "unifiedid.com", "euid.eu", 1))},
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

// optedOut asks about a raw UID after another one, or the same, has opted out.
func optedOut(who, asked string) func(*wire) heard {
	return func(w *wire) heard {
		uid, err := codec.DecodeRawUID(who)
		w.must(err)
		w.s.OptOut(uid, w.at.now())
		return statusOf(`["` + asked + `"]`)(w)
	}
}

// field replaces the body by the body's field with this name.
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

// withSites sends after sites with names have been added.
func withSites(ask func(*wire) heard) func(*wire) heard {
	return func(w *wire) heard {
		w.s.AddSite(8000, "publisher.example")
		w.s.AddSite(8001, "other.example")
		return ask(w)
	}
}

// of checks that the token is that of the user with this address.
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

// expired refreshes one minute too late.
func expired(w *wire) heard {
	return refreshed(func(w *wire, token string) string {
		w.at.at = w.at.at.Add(30*24*time.Hour + time.Minute)
		return token
	})(w)
}

// refreshCutoff: operators no longer refresh identities established before this time.
var refreshCutoff = time.Date(2021, 3, 8, 17, 0, 0, 0, time.UTC)

// establishedAt refreshes an identity that has expired.
func establishedAt(at time.Time) func(*wire) heard {
	return func(w *wire) heard {
		now := w.at.at
		w.at.at = at
		return refreshed(func(w *wire, token string) string {
			w.at.at = now
			return token
		})(w)
	}
}

// withoutResponseKey refreshes an identity of a very old session, whose answer isn't encrypted.
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

// TestAnswersOfTheRealOperator sends the requests that a real operator was sent, and expects its
// answers. Rows in which this server is to differ give the reason.
func TestAnswersOfTheRealOperator(t *testing.T) {
	for scope, rows := range map[codec.Scope][]realAnswer{codec.ScopeUID2: realAnswers, codec.ScopeEUID: euidAnswers} {
		for _, row := range rows {
			t.Run(row.endpoint+"/"+row.what, func(t *testing.T) {
				at := newClock()
				s := start(t, uid2test.WithScope(scope), uid2test.WithNow(at.now))
				publisher := s.AddClient(uid2test.Client{
					SiteID: uid2test.PublisherSite, Roles: uid2test.IDReader | uid2test.Sharer | uid2test.Generator | uid2test.Mapper,
				})
				row.want.check(t, row.ask(&wire{t: t, s: s, at: at, who: publisher}))
			})
		}
	}
}

func (want *answer) check(t *testing.T, got heard) {
	t.Helper()
	if want.differs != "" {
		t.Log("deliberately not as an operator does: ", want.differs)
	}
	if got.http != want.http || got.status != want.status {
		t.Fatalf("got %d %q %q, want %d %q %q", got.http, got.status, got.message, want.http, want.status, want.message)
	}
	message, contentType := got.message, "application/json"
	switch {
	case want.status == "":
		message, contentType = strings.TrimSpace(got.text), "text/plain"
	case want.http == 200:
		contentType = got.contentType // for sealed answers, other rows check it
	}
	if message != want.message {
		t.Errorf("says %q, want %q", message, want.message)
	}
	if !strings.HasPrefix(got.contentType, contentType) {
		t.Errorf("comes as %s, want %s", got.contentType, contentType)
	}
	if want.body != "" && string(got.body) != want.body {
		t.Errorf("body %.200s, want %.200s", got.body, want.body)
	}
	if (got.status == "optout" || got.status == "insufficient_user_consent") && got.body != nil {
		t.Errorf("%s with a body", got.status)
	}
}
