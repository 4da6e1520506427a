package codec_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

func TestNothingPrintsSecrets(t *testing.T) {
	v := fixtures.Token("G9")
	var tk codec.Token
	if got := open(&tk, v.Text, table(t)); got != codec.Success {
		t.Fatal(got)
	}
	u, key := tk.UID, keys(t)[5001]
	var other codec.Token
	codec.Parse(&other, v.Text)
	opened := make([]codec.Opening, 1)
	opened[0].Begin(&other, table(t))
	codec.OpenAll(opened)
	secret := secrets()[5001]
	type holder struct {
		UID   codec.RawUID
		UIDs  []codec.RawUID
		ByUID map[codec.RawUID]int
		Key   *codec.Key
		Keys  []codec.Key
		Token *codec.Token
		F     codec.Fields
	}
	h := holder{u, []codec.RawUID{u}, map[codec.RawUID]int{u: 1}, key, []codec.Key{*key}, &tk, codec.Fields{UID: u}}
	for name, value := range map[string]any{
		"RawUID": u, "*RawUID": &u, "Key": *key, "*Key": key, "Token": tk, "*Token": &tk, "holder": h, "*holder": &h,
		"KeyTable": *table(t), "*KeyTable": table(t), "Openings": opened,
	} {
		for how, text := range printed(t, value) {
			for _, hidden := range append(spellings(u.AppendBytes(nil)), spellings(secret)...) {
				if strings.Contains(strings.ToLower(text), strings.ToLower(hidden)) {
					t.Errorf("%s as %s shows a secret: %s", name, how, text)
				}
			}
		}
	}
	for got, want := range map[string]string{
		u.String(): "[raw UID]", u.GoString(): "[raw UID]", key.String(): "[key 5001]", key.GoString(): "[key 5001]",
		tk.String(): "[token]", tk.GoString(): "[token]",
		fmt.Sprintf("%v %x %d %s", u, u, u, u):         "[raw UID] [raw UID] [raw UID] [raw UID]",
		fmt.Sprintf("%v %x %d %s", key, key, key, key): "[key 5001] [key 5001] [key 5001] [key 5001]",
		fmt.Sprintf("%v %x %d %s", tk, tk, tk, tk):     "[token] [token] [token] [token]",
		asJSON(t, u):   `"[raw UID]"`,
		asJSON(t, key): `"[key 5001]"`,
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// printed returns a value printed, marshaled and logged in every possible way. fmt's %p and %w are
// missing: they call no methods, and go vet refuses them for these types.
func printed(t *testing.T, value any) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	for _, verb := range "vsxXqdobcUeEfFgGtT" {
		for _, flags := range []string{"", "+", "#", "-60", "060", "+#", ".3"} {
			format := "%" + flags + string(verb)
			texts[format] = fmt.Sprintf(format, value)
		}
	}
	texts["Sprint"] = fmt.Sprint(value)
	texts["extra"] = fmt.Sprintf("%%", append([]any{}, value)...)
	if j, err := json.Marshal(value); err == nil {
		texts["json"] = string(j)
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("m", "value", value, slog.Group("g", slog.Any("value", value)))
		texts[name] = b.String()
	}
	return texts
}

// spellings returns the forms in which bytes can show up in text.
func spellings(b []byte) []string {
	all := []string{
		string(b), hex.EncodeToString(b), fmt.Sprintf("% x", b),
		strings.Trim(fmt.Sprint(b), "[]"), strings.Trim(fmt.Sprintf("%#v", b), "[]byte{}"),
	}
	for _, e := range encodings {
		all = append(all, strings.TrimRight(e.EncodeToString(b), "="))
	}
	// even a part of a secret is too much
	return append(all, strings.Trim(fmt.Sprint(b[:8]), "[]"), hex.EncodeToString(b[:8]), encodings["standard"].EncodeToString(b[:9]))
}

func TestErrorsShowNothing(t *testing.T) {
	text := "oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR2"
	_, err := codec.ParseRawUID(text)
	if err == nil || strings.Contains(err.Error(), text[:8]) {
		t.Errorf("%v", err)
	}
}
