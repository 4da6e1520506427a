package uid2rtb_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/identitymap"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/publisher"
	"github.com/uid2rtb/uid2rtb/sharing"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestNothingPrintsSecrets prints, marshals and logs every public type that holds a secret, by itself and inside of others,
// with all verbs, and wants the secret in none of the texts. Unexported fields are what it is about: package fmt reads them
// and can't call their methods.
func TestNothingPrintsSecrets(t *testing.T) {
	for _, held := range secretHolders(t) {
		for where, value := range held.wrapped {
			for how, text := range everyText(value) {
				if spelling, shown := held.shownIn(text); shown {
					t.Errorf("%s, %s, %s shows a secret as %q:\n%.300s", held.name, where, how, spelling, text)
				}
			}
		}
	}
}

// secretHolder is a value with secrets, wrapped in everything that may hold one.
type secretHolder struct {
	name      string
	wrapped   map[string]any
	spellings []string
}

func (h *secretHolder) shownIn(text string) (spelling string, shown bool) {
	lower := strings.ToLower(text)
	for _, s := range h.spellings {
		if strings.Contains(text, s) || strings.Contains(lower, strings.ToLower(s)) {
			return s, true
		}
	}
	return "", false
}

func secretHolders(t *testing.T) []secretHolder {
	snapshot, err := keyset.Parse(fixtures.Answer("golden-uid2"))
	if err != nil {
		t.Fatal(err)
	}
	source := keyset.Static(snapshot)
	vector := fixtures.Token("G9") // of version 4, with a raw UID of version 4
	raw, err := codec.ParseRawUID(vector.UID)
	if err != nil {
		t.Fatal(err)
	}
	var parsed, opened codec.Token
	if codec.Parse(&parsed, vector.Text) != codec.Success || codec.Parse(&opened, vector.Text) != codec.Success || opened.Open(snapshot.Keys()) != codec.Success {
		t.Fatal("the token doesn't open")
	}
	token, err := base64.RawURLEncoding.DecodeString(vector.Text)
	if err != nil {
		t.Fatal(err)
	}
	decrypter, err := bidstream.New(bidstream.WithKeys(codec.ScopeUID2, source))
	if err != nil {
		t.Fatal(err)
	}
	var verdict bidstream.Verdict
	decrypter.DecryptString(&verdict, vector.Text, bidstream.Query{NowMs: fixtures.NowMs})
	if _, ok := verdict.RawUID(); !ok {
		t.Fatal(verdict)
	}
	secret := keySecret(t, 5001)
	person, address := someone(t)
	hash, err := base64.StdEncoding.DecodeString(person.RevealHash())
	if err != nil {
		t.Fatal(err)
	}
	identity, identitySecrets := someIdentity(t)
	credentials, client := connection(t)
	credentialSecrets := [][]byte{[]byte(credentials.RevealAPIKey()), credentials.RevealClientSecret()}
	receiver, store, bearer := receiver(t, raw)
	optOuts := new(bidstream.MemoryOptOuts)
	optOuts.Add(raw, 1)

	withOptOuts, err := bidstream.New(bidstream.WithKeys(codec.ScopeUID2, source), bidstream.WithOptOuts(optOuts))
	if err != nil {
		t.Fatal(err)
	}
	sharer, err := sharing.New(codec.ScopeUID2, source)
	if err != nil {
		t.Fatal(err)
	}

	uid := [][]byte{raw.AppendBytes(nil), raw.Canonical().AppendBytes(nil)}
	who := [][]byte{[]byte(address), hash}
	whoAndUID := append(append([][]byte{}, who...), uid...)
	mapped := identitymap.Mapped{UID: raw, Previous: raw}
	return []secretHolder{
		mapKeyHolder(raw, uid),
		holder(*snapshot.Keys().Lookup(5001), [][]byte{secret}),
		holder(*snapshot.Keys(), [][]byte{secret}),
		holder(parsed, [][]byte{token, token[:40]}),
		holder(opened, append(uid, token[:40])),
		holder(codec.Fields{UID: raw}, uid),
		holder(verdict, uid),
		holder(optOuts, uid),
		holder(withOptOuts, append([][]byte{secret}, uid...)),
		holder(snapshot, [][]byte{secret}),
		holder(sharer, [][]byte{secret}),
		mapKeyHolder(person, who),
		holder(mapped, uid),
		holder(identitymap.Result{Mapped: map[dii.Identity]identitymap.Mapped{person: mapped}}, whoAndUID),
		holder(credentials, credentialSecrets),
		holder(client, credentialSecrets),
		holder(operator.OptedOut{UID: raw}, uid),
		holder(identity, identitySecrets, json.Marshal),
		holder(publisher.Answer{Outcome: publisher.Success, Identity: identity}, identitySecrets, json.Marshal),
		holder(publisher.Session{State: publisher.Kept, Identity: identity}, identitySecrets, json.Marshal),
		holder(optout.Entry{UID: raw}, uid),
		holder(store, uid),
		holder(receiver, [][]byte{bearer}),
	}
}

// holder wraps a value. JSON is left out for a type that is to be stored as such, which says so by naming json.Marshal.
func holder[T any](value T, secrets [][]byte, meant ...func(any) ([]byte, error)) secretHolder {
	type exported struct{ V T }
	type unexported struct{ v T }
	type pointer struct{ v *T }
	type slice struct{ v []T }
	type anything struct{ v any }
	h := secretHolder{name: fmt.Sprintf("%T", value), wrapped: map[string]any{
		"value": value, "pointer": &value, "slice": []T{value}, "map": map[int]T{1: value}, "any": []any{value}, "any pointer": []any{&value},
		"exported field": exported{value}, "unexported field": unexported{value}, "pointer in an unexported field": pointer{&value},
		"slice in an unexported field": slice{[]T{value}}, "any in an unexported field": anything{value},
		"pointer to an unexported field": &unexported{value}, "unexported field in a slice": []unexported{{value}},
	}}
	for name, wrapped := range h.wrapped {
		if len(meant) > 0 {
			h.wrapped[name] = withoutJSON{wrapped}
		}
	}
	for _, secret := range secrets {
		h.spellings = append(h.spellings, spellings(secret)...)
	}
	return h
}

// mapKeyHolder is holder for a type that may be a map's key.
func mapKeyHolder[T comparable](value T, secrets [][]byte) secretHolder {
	h := holder(value, secrets)
	h.wrapped["map key"] = map[T]int{value: 1}
	h.wrapped["map key in an unexported field"] = struct{ v map[T]int }{map[T]int{value: 1}}
	return h
}

// withoutJSON is a value whose JSON is meant to have its secrets.
type withoutJSON struct{ value any }

// everyText is a value in every way to print, marshal and log one.
func everyText(value any) map[string]string {
	texts := make(map[string]string)
	stored, meant := value.(withoutJSON)
	if meant {
		value = stored.value
	}
	for _, verb := range "vTtbcdoOqxXUeEfFgGspwabmyzABCZ" { // all that package fmt has, and some that it hasn't
		for _, flags := range []string{"", "+", "#", "# ", "-70", "070", ".5"} {
			format := "%" + flags + string(verb)
			texts[format] = fmt.Sprintf(format, value)
		}
	}
	texts["an argument too many"] = fmt.Sprintf("%%", append([]any{}, value)...)
	texts["Sprint"], texts["Sprintln"] = fmt.Sprint(value), fmt.Sprintln(value)
	texts["error"] = fmt.Errorf("%w", careless(value)).Error()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "value", value, slog.Group("g", slog.Any("value", value)))
	texts["slog, text"] = log.String()
	if meant {
		return texts
	}
	log.Reset()
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "value", value, slog.Group("g", slog.Any("value", value)))
	texts["slog, JSON"] = log.String()
	if text, err := json.Marshal(value); err == nil {
		texts["JSON"] = string(text)
	}
	return texts
}

// spellings are the ways in which bytes show up in text: as such, as numbers of one and of eight bytes, and in base64. A part
// is too much already.
func spellings(secret []byte) []string {
	part := secret[:min(len(secret), 12)]
	all := []string{
		string(secret), hex.EncodeToString(part), fmt.Sprintf("% x", part), fmt.Sprintf("%# x", part),
		strings.Trim(fmt.Sprint(part), "[]"), strings.Trim(fmt.Sprintf("%#v", part), "[]byte{}"), strings.Trim(fmt.Sprintf("%o", part), "[]"),
		base64.StdEncoding.EncodeToString(part), base64.URLEncoding.EncodeToString(part),
	}
	for ; len(secret) >= 8; secret = secret[8:] {
		for _, word := range []uint64{binary.LittleEndian.Uint64(secret), binary.BigEndian.Uint64(secret)} {
			for _, verb := range []string{"%d", "%x", "%o", "%b"} {
				all = append(all, fmt.Sprintf(verb, word))
			}
		}
	}
	return all
}

// careless makes an error of a value as careless code does.
func careless(value any) error { return fmt.Errorf("%v", value) }

func keySecret(t *testing.T, id uint32) []byte {
	t.Helper()
	for _, v := range fixtures.KeyVectors() {
		if v.ID == id {
			return v.Secret
		}
	}
	t.Fatalf("no key %d", id)
	return nil
}

func someone(t *testing.T) (dii.Identity, string) {
	t.Helper()
	const address = "somebody.in.particular@example.com"
	person, err := dii.Email(address)
	if err != nil {
		t.Fatal(err)
	}
	return person, address
}

func someIdentity(t *testing.T) (publisher.Identity, [][]byte) {
	t.Helper()
	const token, refresh = "an-advertising-token", "a-refresh-token"
	key := []byte("0123456789abcdefghijklmnopqrstuv")
	identity, err := publisher.ParseIdentity(fmt.Appendf(nil, `{"advertising_token":%q,"refresh_token":%q,"refresh_response_key":%q,`+
		`"identity_expires":1,"refresh_from":2,"refresh_expires":3}`, token, refresh, base64.StdEncoding.EncodeToString(key)))
	if err != nil {
		t.Fatal(err)
	}
	return identity, [][]byte{[]byte(token), []byte(refresh), key, []byte(base64.StdEncoding.EncodeToString(key))}
}

// connection is a client of nobody.
func connection(t *testing.T) (operator.Credentials, *operator.Client) {
	t.Helper()
	participant := uid2test.NewUnstartedServer().Client()
	credentials, err := operator.NewCredentials(participant.APIKey, participant.ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	client, err := operator.New("http://127.0.0.1:1", credentials)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return credentials, client
}

// receiver is one with a secret, of a store with one user, which is closed: package fmt takes no locks, and would read what
// the goroutines of an open store write.
func receiver(t *testing.T, user codec.RawUID) (*optout.Receiver, *optout.Store, []byte) {
	t.Helper()
	const bearer = "the-secret-of-the-webhook"
	log, err := optout.OpenFile(t.TempDir() + "/optouts.db")
	if err != nil {
		t.Fatal(err)
	}
	store := optout.Open(log)
	if err := store.WaitSynced(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := store.Record(context.Background(), user, 1); err != nil {
		t.Fatal(err)
	}
	r, err := optout.NewReceiver(store, optout.WithBearer(bearer))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return r, store, []byte(bearer)
}
