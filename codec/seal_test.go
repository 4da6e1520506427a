package codec_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

func TestSealingMakesTheGoldenTokensAgain(t *testing.T) {
	k := keys(t)
	for _, v := range fixtures.TokenVectors() {
		if v.InnerIV == nil {
			continue // the IVs aren't recorded
		}
		f := fields(t, v)
		got, err := codec.AppendSealWithIVs([]byte("before"), codec.Version(v.Version), &f, k[v.MasterKeyID], k[v.SiteKeyID], v.InnerIV, v.OuterIV)
		if err != nil || string(got) != "before"+v.Text {
			t.Errorf("%s: sealed as\n%s, want\n%s: %v", v.ID, got, v.Text, err)
		}
	}
}

func TestSealedTokensDiffer(t *testing.T) {
	k := keys(t)
	f := fields(t, fixtures.Token("G3"))
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		seen := make(map[string]bool)
		for range 100 {
			text, err := codec.AppendSeal(nil, version, &f, k[5001], k[5002])
			if err != nil || seen[string(text)] {
				t.Fatalf("version %d: repeated: %v", version, err)
			}
			seen[string(text)] = true
			var tk codec.Token
			if got := open(&tk, string(text), table(t)); got != codec.Success || tk.UID != f.UID {
				t.Fatalf("version %d: %v", version, got)
			}
		}
	}
}

func TestSealedTypeComesFromTheUID(t *testing.T) {
	k := keys(t)
	for _, v := range fixtures.RawUIDVectors() {
		f := codec.Fields{Scope: codec.ScopeUID2, UID: uid(t, v.UID)}
		text, err := codec.AppendSeal(nil, codec.V4, &f, k[5001], k[5002])
		if err != nil {
			t.Fatal(err)
		}
		want := codec.TypeEmail
		if v.Type == "phone" {
			want = codec.TypePhone
		}
		var tk codec.Token
		if open(&tk, string(text), table(t)); tk.Type != want {
			t.Errorf("%s: %v, want %v", v.Note, tk.Type, want)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	k := keys(t)
	good := fields(t, fixtures.Token("G3"))
	for name, c := range map[string]struct {
		change       func(*codec.Fields)
		version      codec.Version
		master, site *codec.Key
	}{
		"version 0":            {nil, 0, k[5001], k[5002]},
		"version 5":            {nil, 5, k[5001], k[5002]},
		"no master key":        {nil, codec.V4, nil, k[5002]},
		"no site key":          {nil, codec.V2, k[5001], nil},
		"no UID":               {func(f *codec.Fields) { f.UID = codec.RawUID{} }, codec.V2, k[5001], k[5002]},
		"no scope":             {func(f *codec.Fields) { f.Scope = 0 }, codec.V3, k[5001], k[5002]},
		"unknown scope":        {func(f *codec.Fields) { f.Scope = 3 }, codec.V4, k[5001], k[5002]},
		"unknown type":         {func(f *codec.Fields) { f.Type = 3 }, codec.V4, k[5001], k[5002]},
		"negative established": {func(f *codec.Fields) { f.EstablishedMs = -1 }, codec.V4, k[5001], k[5002]},
		"negative generated":   {func(f *codec.Fields) { f.GeneratedMs = -1 }, codec.V4, k[5001], k[5002]},
		"negative refreshed":   {func(f *codec.Fields) { f.RefreshedMs = -1 }, codec.V4, k[5001], k[5002]},
		"negative expires":     {func(f *codec.Fields) { f.ExpiresMs = -1 }, codec.V4, k[5001], k[5002]},
	} {
		f := good
		if c.change != nil {
			c.change(&f)
		}
		got, err := codec.AppendSeal([]byte("before"), c.version, &f, c.master, c.site)
		if !errors.Is(err, codec.ErrSeal) || string(got) != "before" {
			t.Errorf("%s: %q, %v", name, got, err)
		} else if !strings.HasPrefix(err.Error(), "codec: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	noScope := good
	noScope.Scope = 0
	if _, err := codec.AppendSeal(nil, codec.V2, &noScope, k[5001], k[5002]); err != nil {
		t.Errorf("version 2 needs no scope: %v", err)
	}
}
