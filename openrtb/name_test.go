package openrtb_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

var names = []struct{ req, want string }{
	{`{"site":{"domain":"example.com"}}`, "example.com"},
	{`{"site":{"domain":"www.News.Example.com"}}`, "example.com"},
	{`{"site":{"domain":" example.co.uk. "}}`, "example.co.uk"},
	{`{"site":{"domain":"a.b.example.co.uk:8080"}}`, "example.co.uk"},
	{`{"site":{"domain":"","page":"https://www.example.org/a?b=//c"}}`, "example.org"},
	{`{"site":{"page":"https://user:secret@www.example.org:8443/"}}`, "example.org"},
	{`{"site":{"id":"1","name":"a","cat":["IAB1"],"page":"https://www.example.org/","ref":"https://example.com/","publisher":{"page":"https://example.net/"}}}`, "example.org"},
	{`{"id":"1","site":{"publisher":{"domain":"example.net"},"content":{"page":"x"},"mobile":1,"domain":"example.com","page":"","ext":{"domain":"example.net"}},"tmax":1}`, "example.com"},
	{`{"id":"1","app":{"id":"2","publisher":{"bundle":"b"},"bundle":"com.example.app","ver":"1.2","ext":{"bundle":"c"}},"tmax":1}`, "com.example.app"},
	{`{"site":{"domain":"example.net","page":"https://example.org/"}}`, "example.net"},
	{`{"site":{"domain":"ex\u0061mple.com"}}`, "example.com"},
	{`{"site":{"domain":"xn--bcher-kva.example"}}`, "xn--bcher-kva.example"},
	{`{"site":{"domain":"192.0.2.1"}}`, "192.0.2.1"},
	{`{"site":{"domain":"192.0.2.1:80"}}`, "192.0.2.1"},
	{`{"site":{"page":"http://[2001:db8::1]:80/"}}`, "2001:db8::1"},
	{`{"site":{"page":"http://[2001:db8::1]/"}}`, "2001:db8::1"},
	{`{"site":{"domain":"2001:db8::1"}}`, "2001:db8::1"},
	{`{"site":{"domain":"localhost"}}`, "localhost"},
	{`{"site":{"domain":"a"}}`, "a"},
	{`{"site":{"domain":"www.example.de:"}}`, "example.de"},
	{`{"site":{"domain":"www.example.de:80a"}}`, "example.de:80a"},
	{`{"site":{"domain":"[2001:DB8::1]:443"}}`, "2001:db8::1"},
	{`{"site":{"domain":"[2001:db8::1]"}}`, "2001:db8::1"},
	{`{"site":{"domain":"192.0.2.1."}}`, "192.0.2.1"},
	{`{"site":{"domain":"sub.192.0.2.300"}}`, "2.300"},
	{`{"site":{"domain":"sub.example.a1"}}`, "example.a1"},
	{`{"site":{"page":" \t https://www.example.org/ "}}`, "example.org"},
	{`{"site":{"domain":"` + strings.Repeat("a.", 150) + `example.com"}}`, "example.com"},
	{`{"site":{"domain":" ","page":"https://www.example.org./"}}`, "example.org"},
	{`{"site":{"domain":"co.uk"}}`, "co.uk"},
	{`{"site":{"page":"example.com/no-scheme"}}`, ""},
	{`{"site":{"page":"://"}}`, ""},
	{`{"site":{"page":"%zz"}}`, ""},
	{`{"site":{}}`, ""},
	{`{"site":{},"app":{"bundle":"com.example.app"}}`, ""}, // a site takes precedence even if it is empty
	{`{"site":null,"app":{"bundle":"com.example.app"}}`, "com.example.app"},
	{`{"app":{"bundle":"com.Example.App","domain":"example.com"}}`, "com.Example.App"},
	{`{"app":{"bundle":"324684580"}}`, "324684580"},
	{`{"app":{"domain":"example.com"}}`, ""},
	{`{"dooh":{"domain":"example.com"}}`, ""},
	{`{"imp":[{"site":{"domain":"example.com"}}]}`, ""},
	{`{}`, ""},
}

func TestName(t *testing.T) {
	for _, test := range names {
		var req openrtb2.BidRequest
		if err := json.Unmarshal([]byte(test.req), &req); err != nil {
			t.Fatalf("%s: %v", test.req, err)
		}
		if got := openrtb.Name(&req); got != test.want {
			t.Errorf("Name(%s) = %q, want %q", test.req, got, test.want)
		}
		if got := openrtb.NameRaw([]byte(test.req)); got != test.want {
			t.Errorf("NameRaw(%s) = %q, want %q", test.req, got, test.want)
		}
		if got := nameWithToken(t, test.req); got != test.want {
			t.Errorf("AnnotateNamed(%s) has the name %q, want %q", test.req, got, test.want)
		}
	}
}

// A request that readers might read differently has no name, so that no token passes for that of
// another site.
func TestNameRawOfHostileRequests(t *testing.T) {
	for _, req := range []string{
		`{"site":{"domain":"example.com"},"site":{"domain":"example.net"}}`,
		`{"site":{"domain":"example.com"},"Site":{"domain":"example.net"}}`,
		`{"site":{"domain":"example.com","domain":"example.net"}}`,
		`{"site":{"domain":"example.com","DOMAIN":"example.net"}}`,
		`{"app":{"bundle":"a","bundle":"b"}}`,
		`{"app":{"bundle":"a"},"APP":{}}`,
		`{"site":{"domain":"example.com"}`,
		`{"site":{"domain":"example.com"}}}`,
		`[]`, ``, `{"site":"example.com"}`, `{"site":{"domain":["example.com"]}}`, `{"site":{"domain":7}}`,
	} {
		if got := openrtb.NameRaw([]byte(req)); got != "" {
			t.Errorf("NameRaw(%s) = %q", req, got)
		}
		if json.Valid([]byte(req)) && req[0] == '{' {
			if got := nameWithToken(t, req); got != "" {
				t.Errorf("AnnotateNamed(%s) has the name %q", req, got)
			}
		}
	}
}

// nameWithToken returns the name that AnnotateNamed passes for a token, placed before or after the
// request's other members.
func nameWithToken(t *testing.T, req string) (name string) {
	t.Helper()
	const user = `"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"T"}]}]}`
	comma := ","
	if req == "{}" {
		comma = ""
	}
	for i, with := range []string{"{" + user + comma + req[1:], req[:len(req)-1] + comma + user + "}"} {
		asked := 0
		if _, err := openrtb.AnnotateNamed(nil, []byte(with), func(n string, _ openrtb.Source, _ string) openrtb.Edit {
			if asked++; i > 0 && n != name {
				t.Errorf("%s: %q or %q", req, name, n)
			}
			name = strings.Clone(n)
			return openrtb.Edit{}
		}); err != nil || asked != 1 {
			t.Errorf("%s: asked %d times, %v", with, asked, err)
		}
	}
	return name
}
