package uid2test_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

func TestAddClientMakesUpWhatIsMissing(t *testing.T) {
	s := uid2test.NewUnstartedServer(uid2test.WithScope(codec.ScopeEUID))
	a, b := s.AddClient(uid2test.Client{}), s.AddClient(uid2test.Client{})
	for _, c := range []*uid2test.Client{s.Client(), a, b} {
		secretOf(t, c)
		if c.Name == "" || c.SiteID <= uid2test.SharedSite || !strings.HasPrefix(c.APIKey, "EUID-C-L-") {
			t.Errorf("%v is incomplete", c)
		}
	}
	if a.Name == b.Name || a.APIKey == b.APIKey || a.ClientSecret == b.ClientSecret || a.SiteID == b.SiteID || a.SiteID == s.Client().SiteID {
		t.Error("two clients share something")
	}
	if a.Roles != 0 || a.Reads != nil {
		t.Error("a client has more than it was given")
	}
}

func TestAddClientKeepsWhatIsGiven(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	want := uid2test.Client{
		Name: "dsp", APIKey: "key", ClientSecret: base64.StdEncoding.EncodeToString(make([]byte, 32)), SiteID: 11, Roles: uid2test.IDReader,
	}
	got := s.AddClient(want)
	if got.Name != want.Name || got.APIKey != want.APIKey || got.ClientSecret != want.ClientSecret || got.SiteID != 11 || got.Roles != want.Roles {
		t.Errorf("got %v", got)
	}
	mustPanic(t, "same API key", func() { s.AddClient(uid2test.Client{APIKey: "key"}) })
	mustPanic(t, "short secret", func() { s.AddClient(uid2test.Client{ClientSecret: "AAAA"}) })
	mustPanic(t, "secret", func() { s.AddClient(uid2test.Client{ClientSecret: "!"}) })
	s.AddSite(7001) // no lock was left held
}

// TestCopies: what the server returns can't be used to change it.
func TestCopies(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	reads, links := []uint32{7000}, []string{"link"}
	c := s.AddClient(uid2test.Client{Roles: uid2test.IDReader, Reads: reads, Links: links})
	reads[0], c.Reads[0] = uid2test.EverySite, uid2test.EverySite
	if links[0] = "other"; c.Links[0] != "link" {
		t.Error("the client has another link")
	}
	s.AddSite(7001)
	s.Client().Roles = 0
	if got := len(keysOf(t, s.KeyAnswer(c, uid2test.PathBidstream))); got != 3 { // master, shared, 7000
		t.Errorf("the client reads %d keys", got)
	}
	s.KeyAnswer(s.Client(), uid2test.PathBidstream)
}

func TestRoles(t *testing.T) {
	for role, want := range map[uid2test.Role]string{
		0: "", uid2test.IDReader: "ID_READER", uid2test.Sharer: "SHARER", uid2test.IDReader | uid2test.Sharer: "ID_READER|SHARER",
	} {
		if role.String() != want {
			t.Errorf("got %s, want %s", role, want)
		}
	}
}
