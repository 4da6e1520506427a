//go:build interop

package interop

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/publisher"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// identityAnswer is what an SDK says of an identity.
type identityAnswer struct {
	Outcome  string `json:"outcome"`
	Identity string `json:"identity"`
}

// people are of all kinds, with what the local operator says of them.
var people = []struct{ kind, text, generated, refreshed string }{
	{"email", "User@Example.com ", "success", "success"},
	{"phone", "+12345678902", "success", "success"},
	{"email_hash", "tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ=", "success", "success"},
	{"phone_hash", "wdN1alhrbw1Bmz49GzKGdPvGxLhCNn7n3teAOQ/FSK4=", "success", "success"},
	{"email", "optout@example.com", "optout", ""},
	{"phone", "+00000000000", "optout", ""},
	{"email", "refresh-optout@example.com", "success", "optout"},
	{"phone", "+00000000002", "success", "optout"},
	{"email", "validate@example.com", "success", "success"},
}

// identityOf makes the identity that a kind and a text name.
func identityOf(t testing.TB, kind, text string) dii.Identity {
	t.Helper()
	id, err := map[string]func(string) (dii.Identity, error){
		"email": dii.Email, "phone": dii.Phone, "email_hash": dii.HashedEmail, "phone_hash": dii.HashedPhone,
	}[kind](text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func clientOf(t testing.TB, server *uid2test.Server) *operator.Client {
	t.Helper()
	creds, err := operator.NewCredentials(server.Client().APIKey, server.Client().ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	client, err := operator.New(server.URL, creds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// TestPublishers generates and refreshes with the SDKs' publisher clients and with ours, each going on where the other left
// off.
func TestPublishers(t *testing.T) {
	forEach(t, func(t *testing.T, s *sdk) {
		server := start(t)
		s.connect(t, "publisher", server, server.Client())
		ours := publisher.New(clientOf(t, server))
		keys := keysOf(t, server, uid2test.PathBidstream)
		for _, p := range people {
			var theirs identityAnswer
			s.must(t, object{"op": "generate", "kind": p.kind, "text": p.text}, &theirs)
			answer, err := ours.Generate(t.Context(), identityOf(t, p.kind, p.text))
			if err != nil || theirs.Outcome != p.generated || answer.Outcome.String() != p.generated {
				t.Fatalf("%s %s: %s says %q, we say %v, %v", p.kind, p.text, s.name, theirs.Outcome, answer.Outcome, err)
			}
			if p.refreshed == "" {
				continue
			}
			identity, err := publisher.ParseIdentity([]byte(theirs.Identity))
			if err != nil {
				t.Fatalf("%s stores what we can't read: %v", s.name, err)
			}
			var a, b codec.Token
			codec.Parse(&a, identity.AdvertisingToken())
			codec.Parse(&b, answer.Identity.AdvertisingToken())
			if a.Open(keys.Keys()) != codec.Success || b.Open(keys.Keys()) != codec.Success || a.UID != b.UID || a.Type != b.Type {
				t.Errorf("%s %s: the two are not the same user", p.kind, p.text)
			}
			next, err := ours.Refresh(t.Context(), identity, time.Now())
			if err != nil || next.Outcome.String() != p.refreshed {
				t.Errorf("%s: we refresh theirs: %v, %v", p.text, next.Outcome, err)
			}
			var refreshed identityAnswer
			s.must(t, object{"op": "refresh", "identity": string(answer.Identity.JSON())}, &refreshed)
			if refreshed.Outcome != p.refreshed {
				t.Errorf("%s: %s refreshes ours: %q", p.text, s.name, refreshed.Outcome)
			}
		}
	})
}

// TestConsent: without consent the SDKs throw, where we have an outcome.
func TestConsent(t *testing.T) {
	const none = "CO5rKAAO5rKAAAHABBENCWEgAAAAAAAAAAYgAUAAAAAAAAAAAAA"
	forEach(t, func(t *testing.T, s *sdk) {
		server := start(t, uid2test.WithScope(codec.ScopeEUID))
		s.connect(t, "publisher", server, server.Client())
		var theirs identityAnswer
		exception := s.ask(t, object{"op": "generate", "kind": "email", "text": "user@example.com", "tcf": none}, &theirs)
		if !strings.Contains(exception, "insufficient_user_consent") && theirs.Outcome != "other" {
			t.Errorf("%s: %q, %q", s.name, theirs.Outcome, exception)
		}
		answer, err := publisher.New(clientOf(t, server)).Generate(t.Context(), identityOf(t, "email", "user@example.com"), publisher.WithTCF(none))
		if err != nil || answer.Outcome != publisher.InsufficientConsent {
			t.Errorf("we: %v, %v", answer.Outcome, err)
		}
	})
}

// TestStoredIdentities: what is stored says the same to both, whichever wrote it. The Python SDK takes milliseconds for
// seconds, so for it nothing is ever due or over.
func TestStoredIdentities(t *testing.T) {
	now := time.Now().UnixMilli()
	const hour = 3600 * 1000
	for name, c := range map[string]struct{ expires, from, until int64 }{
		"fresh": {now + 2*hour, now + hour, now + 3*hour}, "due": {now + 2*hour, now - hour, now + 3*hour},
		"expired": {now - hour, now + hour, now + 3*hour}, "over": {now - 3*hour, now - 4*hour, now - hour},
	} {
		text, err := json.Marshal(object{"advertising_token": "a", "refresh_token": "r", "identity_expires": c.expires, "refresh_from": c.from,
			"refresh_expires": c.until, "refresh_response_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "unknown": object{"kept": 1}})
		if err != nil {
			t.Fatal(err)
		}
		identity, err := publisher.ParseIdentity(text)
		if err != nil {
			t.Fatal(err)
		}
		forEach(t, func(t *testing.T, s *sdk) {
			var theirs struct {
				Refreshable, Due bool
				JSON             string
			}
			s.must(t, object{"op": "predicates", "identity": string(text)}, &theirs)
			refreshable, due := identity.Refreshable(time.UnixMilli(now)), identity.DueForRefresh(time.UnixMilli(now))
			if s == python {
				refreshable, due = true, false
			}
			if theirs.Refreshable != refreshable || theirs.Due != due || !strings.Contains(theirs.JSON, "kept") {
				t.Errorf("%s: %+v; we: refreshable %v, due %v", name, theirs, refreshable, due)
			}
		})
	}
}

// TestSessionsWithoutKey: the Java SDK reads the first answer to a very old session, as we do; the Python SDK can't.
func TestSessionsWithoutKey(t *testing.T) {
	server := start(t)
	old := string(server.LegacyIdentity(uid2test.TokenSpec{Email: "user@example.com"}))
	forEach(t, func(t *testing.T, s *sdk) {
		s.connect(t, "publisher", server, server.Client())
		var theirs identityAnswer
		exception := s.ask(t, object{"op": "refresh", "identity": old}, &theirs)
		if (s == java) != (exception == "" && theirs.Outcome == "success") {
			t.Errorf("%s: %q, %q", s.name, theirs.Outcome, exception)
		}
	})
}
