package sharing_test

import (
	"context"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/sharing"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

const (
	now   = fixtures.NowMs
	month = 30 * 24 * 3600 * 1000
)

// newSharer is sharing.New for arguments that are possible.
func newSharer(t testing.TB, scope codec.Scope, source bidstream.KeySource) *sharing.Sharer {
	t.Helper()
	made, err := sharing.New(scope, source)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// golden are the golden keys of a scope, with changes to the answer's body.
func golden(t *testing.T, scope codec.Scope, changes ...func(map[string]any)) *keyset.Snapshot {
	t.Helper()
	id := map[codec.Scope]string{codec.ScopeUID2: "golden-uid2", codec.ScopeEUID: "golden-euid"}[scope]
	var answer map[string]any
	if err := json.Unmarshal(fixtures.Answer(id), &answer); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(answer["body"].(map[string]any))
	}
	text, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyset.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func set(field string, value any) func(map[string]any) {
	return func(body map[string]any) { body[field] = value }
}

func uid(t *testing.T, text string) codec.RawUID {
	t.Helper()
	u, err := codec.ParseRawUID(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestEncryptedFields checks the fields of the tokens of all golden raw UIDs.
func TestEncryptedFields(t *testing.T) {
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		keys := golden(t, scope)
		s := newSharer(t, scope, keyset.Static(keys))
		for _, v := range fixtures.RawUIDVectors() {
			u := uid(t, v.UID)
			if u.Scope() != 0 && u.Scope() != scope {
				continue
			}
			text, status := s.Encrypt([]byte("before "), u, now)
			if status != codec.Success || string(text[:7]) != "before " {
				t.Fatalf("%s: %v", v.Note, status)
			}
			var token codec.Token
			if status := codec.Parse(&token, text[7:]); status != codec.Success {
				t.Fatal(status)
			}
			if status := token.Open(keys.Keys()); status != codec.Success {
				t.Fatal(status)
			}
			kind := u.Type()
			if kind == codec.TypeUnknown {
				kind = codec.TypeEmail
			}
			if token.Version != codec.V4 || token.Scope != scope || token.Type != kind || token.MasterKeyID != 5001 || token.SiteKeyID != 5002 ||
				token.SiteID != 7000 || token.PrivacyBits != 0 || token.GeneratedMs != now || token.EstablishedMs != now ||
				token.RefreshedMs != now || token.ExpiresMs != now+month || token.UID != u {
				t.Errorf("%s: %v of %v, %v", v.Note, token.Type, token.Scope, token.ExpiresMs)
			}
		}
	}
}

// TestIdentityType checks cases that the official clients agree on, and some that they get wrong.
func TestIdentityType(t *testing.T) {
	s := newSharer(t, codec.ScopeUID2, keyset.Static(golden(t, codec.ScopeUID2)))
	for text, first := range map[string]string{
		"Q4bGug8t1xjsutKLCNjnb5fTlXSvIQukmahYDJeLBtk=": "A4", // version 2, of a phone
		"BEOGxroPLdcY7LrSiwjY52+X05V0ryELpJmoWAyXiwbZ": "B4",
		"oKg0ZY9ieD/CGMEjAA0kcq+8aUbLMBG0MgCT3kWUnJs=": "A4",
		"AKCoNGWPYng/whjBIwANJHKvvGlGyzARtDIAk95FlJyb": "A4",
		"FVyI5ilbBG59ck6Vicdu08AWLiFBqyxnuIeWSYB+v6c=": "A4", // version 2, which only starts like a phone
	} {
		token, status := s.Encrypt(nil, uid(t, text), now)
		if status != codec.Success || string(token[:2]) != first {
			t.Errorf("%s…: %.2s, %v; want %s", text[:8], token, status, first)
		}
	}
}

func TestRefusals(t *testing.T) {
	expire := func(body map[string]any) {
		for _, k := range body["keys"].([]any) {
			k.(map[string]any)["expires"] = now / 1000
		}
	}
	inactive := func(id float64) func(map[string]any) {
		return func(body map[string]any) {
			for _, k := range body["keys"].([]any) {
				if k := k.(map[string]any); k["id"] == id {
					k["activates"] = now/1000 + 1
				}
			}
		}
	}
	raw := uid(t, fixtures.Token("G3").UID)
	for _, c := range []struct {
		note string
		keys *keyset.Snapshot
		uid  codec.RawUID
		now  int64
		want codec.Status
	}{
		{"no keys", nil, raw, now, codec.NotInitialized},
		{"the zero snapshot", new(keyset.Snapshot), raw, now, codec.NotInitialized},
		{"expired keys", golden(t, codec.ScopeUID2, expire), raw, now, codec.KeysNotSynced},
		{"no master keyset", golden(t, codec.ScopeUID2, set("master_keyset_id", nil)), raw, now, codec.NotAuthorizedForMasterKey},
		{"no active master key", golden(t, codec.ScopeUID2, inactive(5001)), raw, now, codec.NotAuthorizedForMasterKey},
		{"no default keyset", golden(t, codec.ScopeUID2, set("default_keyset_id", nil)), raw, now, codec.NotAuthorizedForKey},
		{"another default keyset", golden(t, codec.ScopeUID2, set("default_keyset_id", 71)), raw, now, codec.NotAuthorizedForKey},
		{"no active key", golden(t, codec.ScopeUID2, inactive(5002)), raw, now, codec.NotAuthorizedForKey},
		{"an unknown caller", golden(t, codec.ScopeUID2, set("caller_site_id", nil)), raw, now, codec.EncryptionFailure},
		{"no raw UID", golden(t, codec.ScopeUID2), codec.RawUID{}, now, codec.EncryptionFailure},
		{"a raw EUID", golden(t, codec.ScopeUID2), uid(t, fixtures.Token("G5").UID), now, codec.EncryptionFailure},
		{"keys of EUID", golden(t, codec.ScopeEUID), raw, now, codec.EncryptionFailure},
		{"an expiry that overflows", golden(t, codec.ScopeUID2, set("token_expiry_seconds", math.MaxInt64/1000)), raw, now, codec.EncryptionFailure},
	} {
		s := newSharer(t, codec.ScopeUID2, keyset.Static(c.keys))
		if text, status := s.Encrypt([]byte("before"), c.uid, c.now); status != c.want || string(text) != "before" {
			t.Errorf("%s: %v, want %v", c.note, status, c.want)
		}
	}
}

func TestEncryptFor(t *testing.T) {
	more := func(body map[string]any) {
		body["keys"] = append(body["keys"].([]any), map[string]any{"id": 6001, "keyset_id": 71, "created": 1, "activates": 1,
			"expires": 4102444800, "secret": "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8="})
	}
	keys := golden(t, codec.ScopeUID2, more)
	s := newSharer(t, codec.ScopeUID2, keyset.Static(keys))
	raw := uid(t, fixtures.Token("G3").UID)
	for keysetID, want := range map[int64]uint32{70: 5002, 71: 6001} {
		text, status := s.EncryptFor(nil, raw, keysetID, now)
		var token codec.Token
		if status != codec.Success || codec.Parse(&token, text) != codec.Success || token.Open(keys.Keys()) != codec.Success || token.SiteKeyID != want {
			t.Errorf("keyset %d: %v, key %d", keysetID, status, token.SiteKeyID)
		}
	}
	if _, status := s.EncryptFor(nil, raw, 72, now); status != codec.NotAuthorizedForKey {
		t.Error(status)
	}
}

// TestSharedVectors opens tokens that the official clients sealed, at the limits of their lifetime.
func TestSharedVectors(t *testing.T) {
	s := newSharer(t, codec.ScopeUID2, keyset.Static(golden(t, codec.ScopeUID2)))
	var v bidstream.Verdict
	for at, want := range map[int64]codec.Status{1771070400000: codec.Success, 1771070400001: codec.ExpiredToken} {
		if s.DecryptString(&v, fixtures.Token("S1").Text, at); v.Status != want {
			t.Errorf("at %d: %v", at, v.Status)
		}
	}
	if s.Decrypt(&v, []byte(fixtures.Token("S2").Text), now); v.Status != codec.InvalidIdentityScope {
		t.Error(v.Status)
	}
}

// TestBetweenSharers has two participants and an operator: the receiver can open what the sender
// encrypts once it has been granted the sender's keys.
func TestBetweenSharers(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	sender := server.AddClient(uid2test.Client{Name: "sender", Roles: uid2test.Sharer, SiteID: 501})
	receiver := server.AddClient(uid2test.Client{Name: "receiver", Roles: uid2test.Sharer, SiteID: 502})
	raw := server.RawUID(uid2test.TokenSpec{Phone: "+12345678901", RawUIDVersion: codec.V4})

	nowMs := time.Now().UnixMilli()
	token, status := newSharer(t, codec.ScopeUID2, refreshed(t, server, sender)).Encrypt(nil, raw, nowMs)
	if status != codec.Success {
		t.Fatal(status)
	}
	var v bidstream.Verdict
	newSharer(t, codec.ScopeUID2, refreshed(t, server, receiver)).Decrypt(&v, token, nowMs)
	if v.Status != codec.NotAuthorizedForKey {
		t.Errorf("before the grant: %v", v.Status)
	}
	server.Grant(receiver, 501)
	newSharer(t, codec.ScopeUID2, refreshed(t, server, receiver)).Decrypt(&v, token, nowMs)
	if received, ok := v.RawUID(); !ok || v.Status != codec.Success || received != raw || v.SiteID != 501 || v.Type != codec.TypePhone {
		t.Errorf("after the grant: %v of site %d", v.Status, v.SiteID)
	}
}

func refreshed(t *testing.T, server *uid2test.Server, p *uid2test.Client) *keyset.Refresher {
	t.Helper()
	creds, err := operator.NewCredentials(p.APIKey, p.ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	client, err := operator.New(server.URL, creds)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyset.NewRefresher(client.SharingKeys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close(); client.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := keys.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	return keys
}
