package bidstream_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

func TestOptOuts(t *testing.T) {
	source := bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot(t, codec.ScopeUID2)))
	unknown := bidstream.OptOut{}
	not := bidstream.OptOut{State: bidstream.NotOptedOut}
	opted := bidstream.OptOut{State: bidstream.OptedOut, SinceMs: 1700000000000}
	strange := bidstream.OptOut{State: 9}
	for _, c := range []struct {
		name   string
		with   []bidstream.Option
		want   codec.Status
		uid    bool
		optOut bidstream.OptOut
	}{
		{"not configured", nil, codec.Success, true, unknown},
		{"nil", []bidstream.Option{bidstream.WithOptOuts(nil)}, codec.Success, true, unknown},
		{"not opted out", []bidstream.Option{bidstream.WithOptOuts(optOuts(not))}, codec.Success, true, not},
		{"opted out", []bidstream.Option{bidstream.WithOptOuts(optOuts(opted))}, codec.UserOptedOut, false, opted},
		{"unknown", []bidstream.Option{bidstream.WithOptOuts(optOuts(unknown))}, codec.Success, false, unknown},
		{"a state that is none", []bidstream.Option{bidstream.WithOptOuts(optOuts(strange))}, codec.Success, false, strange},
		{"unknown, allowed", []bidstream.Option{bidstream.WithOptOuts(optOuts(unknown)), bidstream.AllowUnsyncedOptOuts()}, codec.Success, true, unknown},
		{"opted out, unknown allowed", []bidstream.Option{bidstream.AllowUnsyncedOptOuts(), bidstream.WithOptOuts(optOuts(opted))}, codec.UserOptedOut, false, opted},
	} {
		d := newDecrypter(t, append(c.with, source)...)
		for _, id := range []string{"G1", "G2", "G3", "G4", "G9"} {
			v := fixtures.Token(id)
			got := decrypt(t, d, v.Text, bidstream.Query{NowMs: now})
			if raw, ok := got.RawUID(); got.Status != c.want || ok != c.uid || ok != (raw == uid(t, v.UID)) || got.OptOut != c.optOut {
				t.Errorf("%s, %s: %+v", c.name, id, got)
			}
			if got.SiteID != v.SiteID || got.ExpiresMs != v.ExpiresMs {
				t.Errorf("%s, %s: says %+v", c.name, id, got)
			}
		}
	}
}

// asked records whether OptOut was called.
type asked bool

func (a *asked) OptOut(codec.RawUID) bidstream.OptOut {
	*a = true
	return bidstream.OptOut{State: bidstream.NotOptedOut}
}

// TestOptOutsAreAskedLast: the store isn't asked about users whose tokens can't be used anyway.
func TestOptOutsAreAskedLast(t *testing.T) {
	var store asked
	d := newDecrypter(t,
		bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot(t, codec.ScopeUID2))),
		bidstream.WithOptOuts(&store),
	)
	for _, token := range []string{"", fixtures.Token("G5").Text, fixtures.Token("G6").Text, fixtures.Token("G8").Text} {
		if decrypt(t, d, token, bidstream.Query{NowMs: now}); store {
			t.Fatal("asked about a token that failed before")
		}
	}
	if decrypt(t, d, fixtures.Token("G3").Text, bidstream.Query{NowMs: now}); !store {
		t.Error("not asked")
	}
}

func TestMemoryOptOuts(t *testing.T) {
	var m bidstream.MemoryOptOuts
	a, b, v4 := uid(t, fixtures.Token("G1").UID), uid(t, fixtures.Token("G4").UID), uid(t, fixtures.Token("G9").UID)
	check := func(u codec.RawUID, want bidstream.OptOut) {
		t.Helper()
		if got := m.OptOut(u); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	not := bidstream.OptOut{State: bidstream.NotOptedOut}
	if m.Len() != 0 {
		t.Errorf("%d users before the first", m.Len())
	}
	check(a, not)
	check(codec.RawUID{}, not)
	m.Add(codec.RawUID{}, 1)
	if m.Len() != 0 {
		t.Error("the zero UID was added")
	}
	m.Add(a, 20)
	check(a, bidstream.OptOut{State: bidstream.OptedOut, SinceMs: 20})
	check(b, not)
	m.Add(a, 10) // an older time, added later
	check(a, bidstream.OptOut{State: bidstream.OptedOut, SinceMs: 20})
	m.Add(a, 30)
	check(a, bidstream.OptOut{State: bidstream.OptedOut, SinceMs: 30})
	m.Add(b, 0)
	check(b, bidstream.OptOut{State: bidstream.OptedOut})
	m.Add(v4.Canonical(), 40) // as announced
	check(v4, bidstream.OptOut{State: bidstream.OptedOut, SinceMs: 40})
	m.Add(v4, 50)
	check(v4.Canonical(), bidstream.OptOut{State: bidstream.OptedOut, SinceMs: 50})
	if m.Len() != 3 {
		t.Errorf("%d users, want 3", m.Len())
	}

	var other bidstream.MemoryOptOuts
	other.AddAll(maps.All(map[codec.RawUID]int64{a: 1, b: 2, {}: 3}))
	if got := other.OptOut(b); other.Len() != 2 || got.SinceMs != 2 {
		t.Errorf("%d users, %+v", other.Len(), got)
	}
	other.AddAll(maps.All(map[codec.RawUID]int64{}))
	if other.Len() != 2 {
		t.Errorf("%d users after adding none", other.Len())
	}
}

func TestOptOutStates(t *testing.T) {
	for state, want := range map[bidstream.OptOutState]string{
		0: "unknown", bidstream.NotOptedOut: "not opted out", bidstream.OptedOut: "opted out", 9: "unknown",
	} {
		if state.String() != want {
			t.Errorf("%d is %q, want %q", state, state, want)
		}
	}
}

// TestVerdictsPrint: a verdict prints its status and the state of the opt-out, for every verb.
func TestVerdictsPrint(t *testing.T) {
	v := bidstream.Verdict{Status: codec.Success, OptOut: bidstream.OptOut{State: bidstream.NotOptedOut}}
	const want = "[Success, opt-out: not opted out]"
	if got := fmt.Sprintf("%v %+v %x", v, v, &v); got != want+" "+want+" "+want {
		t.Error(got)
	}
}

func TestNothingPrintsRawUIDs(t *testing.T) {
	d := decrypter(t, codec.ScopeUID2)
	v := decrypt(t, d, fixtures.Token("G9").Text, bidstream.Query{NowMs: now})
	m := new(bidstream.MemoryOptOuts)
	user, _ := v.RawUID()
	m.Add(user, 1)
	raw := user.AppendBytes(nil)
	hidden := []string{user.Reveal()[4:20], fmt.Sprintf("%x", raw[4:16]), fmt.Sprintf("%X", raw[4:16]), strings.Trim(fmt.Sprint(raw[4:16]), "[]"), string(raw[4:16])}
	for name, value := range map[string]any{"Verdict": v, "*Verdict": &v, "*MemoryOptOuts": m, "*Decrypter": newDecrypter(t, bidstream.WithOptOuts(m))} {
		var texts []string
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
			texts = append(texts, fmt.Sprintf(format, value))
		}
		if text, err := json.Marshal(value); err == nil {
			texts = append(texts, string(text))
		}
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", value)
		for _, text := range append(texts, log.String()) {
			for _, h := range hidden {
				if strings.Contains(text, h) {
					t.Errorf("%s shows a raw UID: %s", name, text)
				}
			}
		}
	}
}
