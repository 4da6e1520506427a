package keyset_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestNameAllowed(t *testing.T) {
	s := mustParse(t, bodyJSON(`"site_data":[{"id":9000,"domain_names":["example.com","EXAMPLE.org","com.123.Game.App.android","123456789","","K.com"]},`+
		`{"id":2,"domain_names":["example.net","example.edu"]},{"id":3,"domain_names":[]},{"id":4},{"id":5,"domain_names":null},`+
		`{"id":0,"domain_names":["zero.com"]},{"id":-1,"domain_names":["minus.com"]},{"id":4294967296,"domain_names":["wrap.com"]},`+
		`{"id":4294967295,"domain_names":["last.com"]},{"domain_names":["none.com"]}],`))
	for _, name := range []string{
		"example.com", "EXAMPLE.COM", "Example.Com", "example.org", "Example.ORG", "com.123.Game.App.android",
		"com.123.game.app.android", "COM.123.GAME.APP.ANDROID", "123456789", "k.com",
	} {
		if !s.NameAllowed(9000, name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{
		"", "*", "example", "example*", "example.comx", "xexample.com", "www.example.com", "example.com.", " example.com",
		"example.net", "example.edu", "com.123.Game.App.ios", "123456780", "12345678", "1234567890", "foo.com",
		"example\x00com", "\u212a.com", "éxample.com", "example.[om", strings.Repeat("a", 100000),
	} {
		if s.NameAllowed(9000, name) {
			t.Errorf("%q is allowed", name)
		}
	}
	for id, name := range map[uint32]string{0: "zero.com", 3: "example.com", 4: "example.com", 5: "", 6: "example.com", 4294967295: "minus.com", 1: "none.com"} {
		if s.NameAllowed(id, name) {
			t.Errorf("site %d: %q is allowed", id, name)
		}
	}
	if s.NameAllowed(0, "wrap.com") || s.NameAllowed(0, "none.com") {
		t.Error("a site id wrapped around")
	}
	if !s.NameAllowed(4294967295, "last.com") || !s.NameAllowed(2, "example.edu") {
		t.Error("a registered name is refused")
	}
}

// TestNamesOfOneLetter asks for each ASCII letter, digit and sign by each other: only the case of a
// letter may differ.
func TestNamesOfOneLetter(t *testing.T) {
	const all = 0x80
	var b strings.Builder
	for c := range rune(all) {
		name, err := json.Marshal(string(c))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, `{"id":%d,"domain_names":[%s]},`, c+1, name)
	}
	s := mustParse(t, bodyJSON(`"site_data":[`+b.String()+`{}],`))
	for c := range rune(all) {
		for asked := range rune(all) {
			if want := strings.EqualFold(string(c), string(asked)); s.NameAllowed(uint32(c+1), string(asked)) != want {
				t.Errorf("%q for %q: %v", asked, c, !want)
			}
		}
	}
}
