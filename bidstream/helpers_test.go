package bidstream_test

import (
	"encoding/json"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

const (
	now       = fixtures.NowMs
	generated = 1768474800000
	second    = 1000
)

// snapshot parses the golden answer of a scope, after changing its body.
func snapshot(t testing.TB, scope codec.Scope, changes ...func(body map[string]any)) *keyset.Snapshot {
	t.Helper()
	var answer map[string]any
	id := map[codec.Scope]string{codec.ScopeUID2: "golden-uid2", codec.ScopeEUID: "golden-euid"}[scope]
	if err := json.Unmarshal(fixtures.Answer(id), &answer); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(answer["body"].(map[string]any))
	}
	changed, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	s, err := keyset.Parse(changed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// set changes a field of the answer's body; nil removes it.
func set(field string, value any) func(map[string]any) {
	return func(body map[string]any) {
		if value == nil {
			delete(body, field)
		} else {
			body[field] = value
		}
	}
}

// withoutKey removes a key.
func withoutKey(id uint32) func(map[string]any) {
	return func(body map[string]any) {
		var left []any
		for _, k := range body["keys"].([]any) {
			if k.(map[string]any)["id"] != float64(id) {
				left = append(left, k)
			}
		}
		body["keys"] = left
	}
}

// keysExpire sets when all keys expire, in Unix seconds.
func keysExpire(at int64) func(map[string]any) {
	return func(body map[string]any) {
		for _, k := range body["keys"].([]any) {
			k.(map[string]any)["expires"] = at
		}
	}
}

// newDecrypter is bidstream.New for options that are possible.
func newDecrypter(t testing.TB, opts ...bidstream.Option) *bidstream.Decrypter {
	t.Helper()
	d, err := bidstream.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// decrypter has the golden keys of one scope, changed.
func decrypter(t testing.TB, scope codec.Scope, changes ...func(map[string]any)) *bidstream.Decrypter {
	t.Helper()
	return newDecrypter(t, bidstream.WithKeys(scope, keyset.Static(snapshot(t, scope, changes...))))
}

// decrypt returns the verdict on which Decrypt and DecryptString must agree, and checks it with
// sound.
func decrypt(t testing.TB, d *bidstream.Decrypter, token string, q bidstream.Query) bidstream.Verdict {
	t.Helper()
	var v bidstream.Verdict
	d.Decrypt(&v, []byte(token), q)
	other := bidstream.Verdict{Status: 77, SiteID: 1, OptOut: bidstream.OptOut{SinceMs: 1}}.WithRawUID(uid(t, fixtures.Token("G9").UID))
	d.DecryptString(&other, token, q)
	if v != other {
		t.Errorf("a string gives %+v, bytes %+v", other, v)
	}
	sound(t, v)
	return v
}

// sound checks what must hold for every verdict.
func sound(t testing.TB, v bidstream.Verdict) {
	t.Helper()
	if v.Status.String() == "Invalid status" {
		t.Errorf("invalid status %d", v.Status)
	}
	if _, ok := v.RawUID(); ok && v.Status != codec.Success {
		t.Errorf("%v with a raw UID", v.Status)
	}
	if (v.Status == codec.UserOptedOut) != (v.OptOut.State == bidstream.OptedOut) {
		t.Errorf("%v, but %v", v.Status, v.OptOut.State)
	}
	if opened(v.Status) != (v.Version != 0) || !opened(v.Status) && v != (bidstream.Verdict{Status: v.Status}) {
		t.Errorf("%v says %+v", v.Status, v)
	}
}

// opened reports whether a token with this status was opened.
func opened(s codec.Status) bool {
	switch s {
	case codec.Success, codec.ExpiredToken, codec.UserOptedOut, codec.DomainOrAppNameCheckFailed, codec.InvalidTokenLifetime:
		return true
	}
	return false
}

func uid(t testing.TB, text string) codec.RawUID {
	t.Helper()
	u, err := codec.ParseRawUID(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func key(t testing.TB, id uint32) *codec.Key {
	t.Helper()
	for _, v := range fixtures.KeyVectors() {
		if v.ID == id {
			return newKey(t, id, v.Secret)
		}
	}
	t.Fatalf("no key %d", id)
	return nil
}

func newKey(t testing.TB, id uint32, secret []byte) *codec.Key {
	t.Helper()
	k, err := codec.NewKey(id, secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sealed returns a token of the golden keys.
func sealed(t testing.TB, v codec.Version, f codec.Fields) string {
	t.Helper()
	return sealedUnder(t, v, f, key(t, 5001), key(t, 5002))
}

func sealedUnder(t testing.TB, v codec.Version, f codec.Fields, master, site *codec.Key) string {
	t.Helper()
	text, err := codec.AppendSeal(nil, v, &f, master, site)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// usable returns the fields of a token that passes all checks.
func usable(t testing.TB) codec.Fields {
	return codec.Fields{
		Scope: codec.ScopeUID2, Type: codec.TypeEmail, SiteID: 7000, UID: uid(t, fixtures.Token("G3").UID),
		EstablishedMs: now - 3600*second, GeneratedMs: now - 60*second, RefreshedMs: now - 60*second, ExpiresMs: now + 3600*second,
	}
}

// optOuts gives the same answer for every user.
type optOuts bidstream.OptOut

func (o optOuts) OptOut(codec.RawUID) bidstream.OptOut { return bidstream.OptOut(o) }
