package openrtb_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// Each location is an object with the id that UIDsRaw yields, and each error is the same.
func TestLocateAgreesWithUIDsRaw(t *testing.T) {
	uid := func(id string) string { return `{"atype":3, "id":"` + id + `"}` }
	many := strings.Repeat(uid("a")+",", 80) + uid("a")
	for _, req := range []string{
		`{}`, `{"user":7}`, `{"user":{"eids":[{"source":"uidapi.com","uids":[7, ` + uid("a") + ` ,{},` + uid("") + `,` + uid(`\u0062`) + `]}]}}`,
		`{"user":{"ext":{"eids":[{"uids":[` + uid("c") + `],"source":"EUID.eu"}]},"eids":[{"source":"other.example","uids":[` + uid("o") + `]},{"source":"uidapi.com","uids":[` + uid("d") + `]}]}}`,
		`{"user":{"eids":[{"source":"uidapi.com","uids":[` + many + `]}]}}`,
		`{"user":{"eids":[],"Eids":[]}}`, `{"user":`, ``,
	} {
		located, err := openrtb.Locate([]byte(req))
		i := 0
		for uid, want := range openrtb.UIDsRaw([]byte(req)) {
			if want != nil {
				if !errors.Is(err, want) || located != nil {
					t.Errorf("%.80s: %v, want %v", req, err, want)
				}
				break
			}
			if i == len(located) {
				t.Fatalf("%.80s: %d located", req, i)
			}
			var object struct{ ID string }
			if at := located[i]; json.Unmarshal([]byte(req)[at.Start:at.End], &object) != nil || object.ID != uid.ID || at.Source != uid.Source {
				t.Errorf("%.80s: %q of %v at %v, want %q of %v", req, object.ID, at.Source, at, uid.ID, uid.Source)
			}
			i++
		}
		if i != len(located) {
			t.Errorf("%.80s: %d located, want %d", req, len(located), i)
		}
	}
}

func TestPlace(t *testing.T) {
	for _, c := range []struct{ req, name, from string }{
		{`{"site":{"domain":"www.example.com","page":"https://other.example/"}}`, "example.com", "site.domain"},
		{`{"site":{"domain":" ","page":"https://www.example.com:8080/x"}}`, "example.com", "site.page"},
		{`{"site":{"page":"https://www.example.com/"},"app":{"bundle":"com.example"}}`, "example.com", "site.page"},
		{`{"app":{"bundle":"com.example.app"}}`, "com.example.app", "app.bundle"},
		{`{"site":{"domain":"","page":""},"app":{"bundle":"com.example"}}`, "", ""},
		{`{"site":{"page":"not a page"}}`, "", ""}, {`{"app":{}}`, "", ""}, {`{}`, "", ""}, {`[]`, "", ""},
		{`{"site":{"domain":"example.com"},"Site":{}}`, "", ""},
	} {
		place := openrtb.PlaceRaw([]byte(c.req))
		if name, from := place.Name(), place.From(); name != c.name || from != c.from || name != openrtb.NameRaw([]byte(c.req)) {
			t.Errorf("%s: %q from %q", c.req, name, from)
		}
	}
}
