package inspect

import (
	"encoding/json"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

const (
	now    = fixtures.NowMs
	second = 1000
	hour   = 3600 * second
)

var bothScopes = []codec.Scope{codec.ScopeUID2, codec.ScopeEUID}

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

// inspector has the golden keys of both scopes.
func inspector(t testing.TB, optOuts bidstream.OptOuts) *Inspector {
	t.Helper()
	keys := make(map[codec.Scope]bidstream.KeySource)
	for _, scope := range bothScopes {
		keys[scope] = keyset.Static(snapshot(t, scope))
	}
	return newInspector(t, Config{Keys: keys, OptOuts: optOuts})
}

// withKeys has keys of one scope.
func withKeys(t testing.TB, keys *keyset.Snapshot) *Inspector {
	t.Helper()
	return newInspector(t, Config{Keys: map[codec.Scope]bidstream.KeySource{keys.Scope(): keyset.Static(keys)}})
}

func newInspector(t testing.TB, config Config) *Inspector {
	t.Helper()
	i, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return i
}
