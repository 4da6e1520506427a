package inspect

import (
	"fmt"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// set changes a field of an answer's body; nil removes it.
func set(field string, value any) func(map[string]any) {
	return func(body map[string]any) {
		if body[field] = value; value == nil {
			delete(body, field)
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

// sealed is a token under the golden keys, with fields of its own.
func sealed(t testing.TB, version codec.Version, change func(*codec.Fields)) string {
	t.Helper()
	uid, err := codec.ParseRawUID(fixtures.Token("G3").UID)
	if err != nil {
		t.Fatal(err)
	}
	f := codec.Fields{
		Scope: codec.ScopeUID2, Type: codec.TypeEmail, SiteID: 7000, UID: uid, PrivacyBits: 1,
		EstablishedMs: now - 100*hour, GeneratedMs: now - hour, RefreshedMs: now - hour, ExpiresMs: now + 72*hour, OperatorType: 1,
	}
	if change != nil {
		change(&f)
	}
	byID := make(map[uint32]*codec.Key)
	for _, v := range fixtures.KeyVectors() {
		if byID[v.ID], err = codec.NewKey(v.ID, v.Secret); err != nil {
			t.Fatal(err)
		}
	}
	token, err := codec.AppendSeal(nil, version, &f, byID[5001], byID[5002])
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}

// unsynced are opt-outs that nobody knows yet.
type unsynced struct{}

func (unsynced) OptOut(codec.RawUID) bidstream.OptOut { return bidstream.OptOut{} }

// TestEveryCheck makes every check fail once, in both roles where it can: the check that failed is
// the one that is meant, with the status that package bidstream answers, a reason and an advice.
func TestEveryCheck(t *testing.T) {
	good := fixtures.Token("G3").Text
	changed := func(text string, at int) string {
		b := []byte(text)
		if b[at] == 'x' {
			b[at] = 'w'
		} else {
			b[at] = 'x'
		}
		return string(b)
	}
	var gone bidstream.MemoryOptOuts
	uid, _ := codec.ParseRawUID(fixtures.Token("G3").UID)
	gone.Add(uid, now-hour)
	future := sealed(t, codec.V4, func(f *codec.Fields) { f.GeneratedMs, f.RefreshedMs = now+1801*second, now+1801*second })
	keys := func(changes ...func(map[string]any)) *Inspector {
		return withKeys(t, snapshot(t, codec.ScopeUID2, changes...))
	}
	plain := keys()
	for note, c := range map[string]struct {
		inspector *Inspector
		text      string
		input     Input
		failed    int
	}{
		"nothing is loaded":          {newInspector(t, Config{Keys: map[codec.Scope]bidstream.KeySource{codec.ScopeUID2: keyset.Static(nil)}}), good, Input{}, checkLoaded},
		"nothing is loaded, damaged": {newInspector(t, Config{Keys: map[codec.Scope]bidstream.KeySource{codec.ScopeUID2: keyset.Static(nil)}}), good[:99], Input{}, checkLoaded},
		"no key":                     {keys(set("keys", []any{})), good, Input{}, checkSynced},
		"old keys":                   {plain, good, Input{NowMs: 2145830400000}, checkSynced},
		"short":                      {plain, "A4A", Input{}, checkLength},
		"no base64":                  {plain, "A4*A" + good[4:], Input{}, checkHead},
		"padding":                    {plain, "A4A=", Input{}, checkHead},
		"version":                    {plain, "A5AA" + good[4:], Input{}, checkVersion},
		"cut off":                    {plain, good[:100], Input{}, checkWhole},
		"too long":                   {plain, good + good + good, Input{}, checkWhole},
		"a space":                    {plain, good[:100] + " " + good[101:], Input{}, checkWhole},
		"version 2 cut off":          {plain, fixtures.Token("G1").Text[:176], Input{}, checkWhole},
		"scope":                      {plain, fixtures.Token("G5").Text, Input{}, checkScope},
		"master key":                 {keys(withoutKey(5001)), good, Input{}, checkMasterKey},
		"master layer":               {plain, changed(good, 50), Input{}, checkMasterLayer},
		"master layer of version 2":  {plain, changed(fixtures.Token("G1").Text, 176), Input{}, checkMasterLayer},
		"a token of 165 bytes":       {plain, good + "AA", Input{}, checkMasterLayer},
		"site key":                   {keys(withoutKey(5002)), good, Input{}, checkSiteKey},
		"site layer of version 2":    {plain, changed(fixtures.Token("G1").Text, 100), Input{}, checkSiteLayer},
		"expired":                    {plain, sealed(t, codec.V4, func(f *codec.Fields) { f.ExpiresMs = now - 2*hour }), Input{}, checkExpiry},
		"a millisecond ago":          {plain, sealed(t, codec.V3, func(f *codec.Fields) { f.ExpiresMs = now - 1 }), Input{}, checkExpiry},
		"opted-out bit":              {plain, fixtures.Token("G8").Text, Input{}, checkOptOutBit},
		"no name":                    {plain, fixtures.Token("G6").Text, Input{}, checkName},
		"another name":               {plain, fixtures.Token("G6").Text, Input{Name: "www.example.com"}, checkName},
		"lifetime":                   {keys(set("max_bidstream_lifetime_seconds", 60)), sealed(t, codec.V4, nil), Input{}, checkLifetime},
		"lifetime of version 2":      {keys(set("max_bidstream_lifetime_seconds", 60)), sealed(t, codec.V2, func(f *codec.Fields) { f.Scope, f.GeneratedMs = 0, 0 }), Input{}, checkLifetime},
		"lifetime between sharers":   {keys(set("max_sharing_lifetime_seconds", 60)), sealed(t, codec.V4, nil), Input{Role: "sharer"}, checkLifetime},
		"from the future":            {plain, future, Input{}, checkLifetime},
		"opted out since":            {inspector(t, &gone), good, Input{}, checkOptOut},
		"fine":                       {plain, good, Input{}, 0},
		"fine between sharers":       {plain, fixtures.Token("G6").Text, Input{Role: "sharer"}, 0},
		"not known yet":              {inspector(t, unsynced{}), good, Input{}, 0},
	} {
		t.Run(note, func(t *testing.T) {
			if c.input.NowMs == 0 {
				c.input.NowMs = now
			}
			token := c.inspector.token(c.text, 0, c.input.Name, c.input)
			agrees(t, c.inspector, c.text, token, c.input)
			if failed := token.first(Failed); c.failed == 0 && failed != nil || c.failed != 0 && (failed == nil || failed.Number != c.failed) {
				t.Fatalf("%+v", failed)
			} else if failed != nil && (failed.Why == "" || failed.Do == "") {
				t.Errorf("%+v", *failed)
			}
		})
	}
}

// agrees checks what must hold for every token: the status is the one that package bidstream
// answers, and exactly the check that yields it has failed.
func agrees(t testing.TB, i *Inspector, text string, token *Token, input Input) {
	t.Helper()
	opts := []bidstream.Option{bidstream.WithOptOuts(i.config.OptOuts)}
	for scope, source := range i.config.Keys {
		opts = append(opts, bidstream.WithKeys(scope, source))
	}
	if input.Role == "sharer" {
		opts = append(opts, bidstream.ForSharing())
	}
	decrypter, err := bidstream.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	var v bidstream.Verdict
	decrypter.DecryptString(&v, text, bidstream.Query{Name: input.Name, NowMs: input.NowMs})
	_, usable := v.RawUID()
	if token.Status != v.Status.String() || token.Usable != usable {
		t.Errorf("%s, usable %t; bidstream says %v, %t", token.Status, token.Usable, v.Status, usable)
	}
	failed := 0
	for at, check := range token.Checks {
		switch {
		case check.Number != at+1 || check.Name == "" || len(token.Checks) != 16:
			t.Errorf("check %d of %d is %+v", at+1, len(token.Checks), check)
		case check.Outcome == Failed:
			failed++
			if check.Status != v.Status.String() {
				t.Errorf("%+v failed, but the status is %v", check, v.Status)
			}
		case failed > 0 && check.Outcome != NotReached, failed == 0 && check.Outcome == NotReached:
			t.Errorf("%+v with %d failed before", check, failed)
		}
	}
	if want := min(len(v.Status.String()), 1); v.Status == codec.Success && failed != 0 || v.Status != codec.Success && failed != want {
		t.Errorf("%d checks failed: %v", failed, v.Status)
	}
	fieldsWithoutGaps(t, token)
}

// fieldsWithoutGaps: the fields of an opened layer are all of it, in order.
func fieldsWithoutGaps(t testing.TB, token *Token) {
	t.Helper()
	for _, layer := range token.Layers {
		offset := 0
		for _, field := range layer.Fields {
			if field.Offset != offset || field.Name == "" || field.Meaning == "" {
				t.Errorf("the %s has at %d: %+v", layer.Name, offset, field)
			}
			if want := 2 * field.Bytes; len(field.Hex) != want && !field.Masked {
				t.Errorf("the %s of the %s has %d characters of hex", field.Name, layer.Name, len(field.Hex))
			}
			offset += field.Bytes
		}
		if layer.Opened && (offset != layer.Bytes || layer.Why != "") || !layer.Opened && layer.Why == "" {
			t.Errorf("the fields of the %s end at %d of %d: %q", layer.Name, offset, layer.Bytes, layer.Why)
		}
	}
}

// TestGoldenTokens: the verdict on each golden token, in both roles, under several names and times,
// is that of package bidstream, and so is the check that failed.
func TestGoldenTokens(t *testing.T) {
	i := inspector(t, nil)
	for _, v := range fixtures.TokenVectors() {
		for _, role := range []string{"bidder", "sharer"} {
			for _, name := range []string{"example.com", "foo.com", ""} {
				for _, at := range []int64{now, v.ExpiresMs, v.ExpiresMs + 1, v.EstablishedMs, 1} {
					input := Input{Text: v.Text, NowMs: at, Name: name, Role: role}
					agrees(t, i, v.Text, i.token(v.Text, 0, name, input), input)
				}
			}
		}
		token := i.token(v.Text, 0, "example.com", Input{NowMs: now})
		if v.Keys != "golden" {
			continue
		}
		layout := fmt.Sprint(token.Version, token.Scope, token.Keys[0].ID, token.Keys[1].ID, *token.SiteID, *token.Bits)
		if want := fmt.Sprint(v.Version, v.Scope, v.MasterKeyID, v.SiteKeyID, v.SiteID, v.PrivacyBits); layout != want {
			t.Errorf("%s: %s, want %s", v.ID, layout, want)
		}
		for name, ms := range map[string]int64{"established": v.EstablishedMs, "generated": v.GeneratedMs, "expires": v.ExpiresMs} {
			if found := momentNamed(token.Times, name); found != ms {
				t.Errorf("%s: %s is %d, want %d", v.ID, name, found, ms)
			}
		}
	}
	for _, v := range fixtures.MalformedTokens() {
		input := Input{NowMs: now}
		agrees(t, i, v.Text, i.token(v.Text, 0, "", input), input)
	}
}

func momentNamed(moments []Moment, name string) int64 {
	for _, m := range moments {
		if m.Name == name {
			return m.Ms
		}
	}
	return 0
}

// TestWithoutKeys: what can be read is read, and nothing else is claimed.
func TestWithoutKeys(t *testing.T) {
	i := newInspector(t, Config{})
	token := i.token(fixtures.Token("G3").Text, 0, "", Input{NowMs: now})
	if token.first(Failed) != nil || token.Usable || token.Scope != "UID2" || token.Verdict != nil || len(token.Layers) != 3 || token.Layers[1].Opened {
		t.Errorf("%+v", token)
	}
	for _, check := range token.Checks {
		if want := map[bool]Outcome{true: Passed, false: NotKnown}[check.Number >= checkLength && check.Number <= checkWhole]; check.Outcome != want {
			t.Errorf("%+v", check)
		}
	}
	damaged := i.token(fixtures.Token("G3").Text[:120], 0, "", Input{NowMs: now})
	if failed := damaged.first(Failed); failed == nil || failed.Number != checkWhole || damaged.Status != "InvalidPayload" {
		t.Errorf("%+v", damaged)
	}
}
