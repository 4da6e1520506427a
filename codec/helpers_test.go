package codec_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

// keys returns the keys of all golden tokens by id.
func keys(t testing.TB) map[uint32]*codec.Key {
	t.Helper()
	byID := make(map[uint32]*codec.Key)
	for _, v := range fixtures.KeyVectors() {
		key, err := codec.NewKey(v.ID, v.Secret)
		if err != nil {
			t.Fatal(err)
		}
		byID[v.ID] = key
	}
	return byID
}

// table returns a table of the golden keys, leaving out some.
func table(t testing.TB, without ...uint32) *codec.KeyTable {
	t.Helper()
	byID := keys(t)
	for _, id := range without {
		delete(byID, id)
	}
	var all []*codec.Key
	for _, key := range byID {
		all = append(all, key)
	}
	return codec.NewKeyTable(all)
}

func uid(t testing.TB, text string) codec.RawUID {
	t.Helper()
	u, err := codec.ParseRawUID(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// fields returns the fields of a golden token, for sealing it again.
func fields(t testing.TB, v fixtures.TokenVector) codec.Fields {
	t.Helper()
	return codec.Fields{
		Scope:         scopeNamed(v.Scope),
		Type:          typeNamed(v.Type),
		SiteID:        v.SiteID,
		UID:           uid(t, v.UID),
		PrivacyBits:   codec.PrivacyBits(v.PrivacyBits),
		EstablishedMs: v.EstablishedMs,
		GeneratedMs:   v.GeneratedMs,
		RefreshedMs:   v.RefreshedMs,
		ExpiresMs:     v.ExpiresMs,
		OperatorType:  v.OperatorType,
	}
}

func scopeNamed(name string) codec.Scope {
	for _, s := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		if s.String() == name {
			return s
		}
	}
	return 0
}

func typeNamed(name string) codec.IdentityType {
	for _, k := range []codec.IdentityType{codec.TypeEmail, codec.TypePhone} {
		if k.String() == name {
			return k
		}
	}
	return codec.TypeUnknown
}

// said holds the fields of an opened token, as a comparable value.
type said struct {
	Version                                            codec.Version
	Scope                                              codec.Scope
	Type                                               codec.IdentityType
	MasterKeyID, SiteKeyID, SiteID                     uint32
	PrivacyBits                                        codec.PrivacyBits
	ExpiresMs, GeneratedMs, EstablishedMs, RefreshedMs int64
	UID                                                codec.RawUID
}

func saidBy(t *codec.Token) said {
	return said{
		t.Version, t.Scope, t.Type, t.MasterKeyID, t.SiteKeyID, t.SiteID, t.PrivacyBits,
		t.ExpiresMs, t.GeneratedMs, t.EstablishedMs, t.RefreshedMs, t.UID,
	}
}

// want returns the fields that a golden token must have.
func want(t testing.TB, v fixtures.TokenVector) said {
	t.Helper()
	return said{
		codec.Version(v.Version), scopeNamed(v.Scope), typeNamed(v.Type), v.MasterKeyID, v.SiteKeyID, v.SiteID,
		codec.PrivacyBits(v.PrivacyBits), v.ExpiresMs, v.GeneratedMs, v.EstablishedMs, v.RefreshedMs, uid(t, v.UID),
	}
}

// open calls Parse and Open.
func open(tk *codec.Token, text string, keys *codec.KeyTable) codec.Status {
	if status := codec.Parse(tk, text); status != codec.Success {
		return status
	}
	return tk.Open(keys)
}

func statusNamed(t testing.TB, name string) codec.Status {
	t.Helper()
	for _, s := range codec.Statuses() {
		if s.String() == name {
			return s
		}
	}
	t.Fatalf("no status %q", name)
	return 0
}
