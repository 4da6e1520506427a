//go:build interop

package interop

import (
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// difference is a way in which an SDK is known to judge other than we do.
type difference struct {
	sdk, kind string
	versions  string // of tokens, in digits
	ours      string // our status; "" is any
	theirs    string // their status; "" is any
	why       string
}

// differences are all of them. What isn't here fails TestVerdicts.
var differences = []difference{
	{"python", "opted out", "234", "UserOptedOut", "Success", "it doesn't look at the privacy bit"},
	{"java", "opted out", "234", "UserOptedOut", "Success", "it doesn't look at the privacy bit, and the name is right"},
	{"python", "wrong name", "234", "DomainOrAppNameCheckFailed", "Success", "its name check always passes"},
	{"python", "another scope", "34", "InvalidIdentityScope", "NotAuthorizedForMasterKey", "it doesn't look at the scope"},
	{"python", "white space", "234", "InvalidPayload", "Success", "its base64 reader skips foreign characters"},
	{"python", "other alphabet", "23", "Success", "", "it reads versions 2 and 3 in standard base64 only, and skips other characters"},
	{"java", "other alphabet", "23", "Success", "", "it reads versions 2 and 3 in standard base64 only"},
	{"python", "unpadded", "23", "Success", "InvalidPayload", "it wants padding"},
	{"python", "expired, unknown site key", "34", "NotAuthorizedForKey", "ExpiredToken", "it looks at the expiry first"},
	{"python", "expired, unknown site key", "2", "NotAuthorizedForKey", "ExpiredToken", "it looks at the expiry first"},
	{"python", "flipped", "2", "", "", "it doesn't check version 2's padding, and nothing else protects it"},
	{"java", "flipped", "2", "", "", "it doesn't check all of version 2's layout, and nothing else protects it"},
	{"python", "flipped in front", "2", "", "", "as flipped: behind the key id it is part of an IV"},
	{"python", "flipped in front", "34", "InvalidIdentityScope", "", "it doesn't look at the scope"},
	{"python", "flipped in front", "34", "InvalidPayload", "NotAuthorizedForMasterKey", "it doesn't check the length of what begins as version 2"},
	{"python", "flipped in front", "34", "Success", "Success", "an unknown identity type is a phone to it"},
	{"java", "flipped in front", "2", "", "", "as flipped: behind the key id it is part of an IV"},
	{"java", "flipped in front", "34", "InvalidPayload", "NotAuthorizedForMasterKey", "it doesn't check the length of what begins as version 2"},
	{"java", "flipped in front", "34", "Success", "Success", "an unknown identity type is a phone to it"},
	{"java", "top privacy bit", "234", "Success", "InvalidPayload", "it shifts a negative number right until it is 0, for seconds"},
	{"python", "without its last block", "2", "InvalidPayload", "", "it checks neither the length nor the padding"},
	{"python", "cut", "2", "InvalidPayload", "", "it doesn't check the length"},
	{"python", "cut", "34", "InvalidPayload", "NotAuthorizedForMasterKey", "it takes what is left of the key id for one"},

	// Of TestAnyTime, where judges says which status it is that another follows from. Its kinds are those of the clients.
	{"python", "bidstream", "34", "InvalidIdentityScope", "", "it doesn't look at the scope"},
	{"python", "sharing", "34", "InvalidIdentityScope", "", "it doesn't look at the scope"},
	{"python", "legacy", "34", "InvalidIdentityScope", "", "it doesn't look at the scope"},
	{"python", "bidstream", "234", "UserOptedOut", "", "it doesn't look at the privacy bit"},
	{"python", "sharing", "234", "UserOptedOut", "", "it doesn't look at the privacy bit"},
	{"python", "legacy", "234", "UserOptedOut", "", "it doesn't look at the privacy bit"},
	{"python", "bidstream", "234", "DomainOrAppNameCheckFailed", "", "its name check always passes"},
	{"python", "bidstream", "234", "NotAuthorizedForKey", "ExpiredToken", "it looks at the expiry first"},
	{"python", "sharing", "234", "NotAuthorizedForKey", "ExpiredToken", "it looks at the expiry first"},
	{"python", "legacy", "234", "NotAuthorizedForKey", "ExpiredToken", "it looks at the expiry first"},
	{"java", "bidstream", "234", "UserOptedOut", "", "it doesn't look at the privacy bit"},
	{"java", "sharing", "234", "UserOptedOut", "", "it doesn't look at the privacy bit"},
	{"java", "legacy", "234", "UserOptedOut", "", "it doesn't look at the privacy bit"},
	{"java", "bidstream", "234", "InvalidTokenLifetime", "Success", "it compares whole seconds"},
	{"java", "sharing", "234", "InvalidTokenLifetime", "Success", "it compares whole seconds"},
	{"java", "legacy", "234", "Success", "DomainOrAppNameCheckFailed", "its legacy client takes no name, and checks it all the same"},

	// Of TestLegacyData.
	{"python", "damaged data", "3", "InvalidIdentityScope", "Success", "it doesn't look at the scope, nor at the lower half of the first byte"},
	{"java", "damaged data", "3", "InvalidIdentityScope", "Success", "it doesn't look at the lower half of the first byte"},

	// Of TestActiveKeys.
	{"python", "sorted keysets", "4", "NotAuthorizedForKey", "EncryptionFailure", "it asks for the caller's site before the key"},
	{"python", "shuffled keysets", "4", "NotAuthorizedForKey", "EncryptionFailure", "it asks for the caller's site before the key"},
	{"python", "shuffled keysets", "4", "", "NotAuthorizedForMasterKey", "it searches as if the answer were sorted by activation, and may miss all"},
	{"python", "shuffled keysets", "4", "Success", "NotAuthorizedForKey", "it searches as if the answer were sorted by activation, and may miss all"},
	{"python", "shuffled keysets", "4", "Success", "Success", "it searches as if the answer were sorted by activation, and takes an older key"},
	{"java", "sorted keysets", "4", "EncryptionFailure", "Success", "where the answer doesn't name the caller's site, it takes 0"},
	{"java", "shuffled keysets", "4", "EncryptionFailure", "Success", "where the answer doesn't name the caller's site, it takes 0"},
}

// fieldDifference is a field in which an SDK is known to say something else than what was sealed.
type fieldDifference struct {
	sdk, field string
	status     string // theirs; "" is any
	applies    func(*circumstance) bool
	why        string
}

var fieldDifferences = []fieldDifference{
	{"java", "established", "InvalidTokenLifetime", func(c *circumstance) bool { return c.version != codec.V2 }, "it gives the time of generation"},
	{"python", "uid", "InvalidTokenLifetime", func(c *circumstance) bool { return c.version == codec.V2 }, "it gives the raw UID away all the same"},
	{"python", "client-side generated", "", func(c *circumstance) bool { return c.version == codec.V2 }, "it doesn't look"},
	{"python", "client-side generated", "", func(c *circumstance) bool { return c.version != codec.V2 }, "it looks at the second bit from the wrong end"},
}

func fieldExplained(sdk, field, status string, c *circumstance) bool {
	return slices.ContainsFunc(fieldDifferences, func(d fieldDifference) bool {
		return d.sdk == sdk && d.field == field && (d.status == "" || d.status == status) && d.applies(c)
	})
}

// seen are the rows of differences that a test needed.
var seen = map[int]bool{}

// TestMain holds differences to what is: a row that all the tests together don't need fails. With another seed it may be
// by chance, so that is for the default one.
func TestMain(m *testing.M) {
	flag.Parse()
	fmt.Printf("seed %d\n", *seed)
	code := m.Run()
	if code == 0 && *seed == 0 && flag.Lookup("test.run").Value.String() == "" {
		for i, d := range differences {
			if !seen[i] {
				fmt.Printf("FAIL: a difference that no token shows: %+v\n", d)
				code = 1
			}
		}
	}
	os.Exit(code)
}

func explained(sdk, kind string, version codec.Version, ours, theirs string) bool {
	for i, d := range differences {
		if d.sdk == sdk && d.kind == kind && strings.Contains(d.versions, string('0'+rune(version))) &&
			(d.ours == "" || d.ours == ours) && (d.theirs == "" || d.theirs == theirs) {
			seen[i] = true
			return true
		}
	}
	return false
}

// strange is a token that something is the matter with.
type strange struct {
	kind    string
	version codec.Version
	text    string
}

// clock is the time of TestVerdicts. With it fixed, the same seed makes the same tokens.
var clock = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// TestVerdicts shows both sides tokens that may not be used, or aren't any, and compares what they say.
func TestVerdicts(t *testing.T) {
	forEach(t, func(t *testing.T, s *sdk) {
		cryptotest.SetGlobalRandom(t, *seed) // for the IVs
		now := uid2test.WithNow(func() time.Time { return clock })
		server, other := uid2test.NewUnstartedServer(now), uid2test.NewUnstartedServer(now, uid2test.WithScope(codec.ScopeEUID))
		answer := server.KeyAnswer(server.Client(), uid2test.PathBidstream)
		s.load(t, "bidstream", codec.ScopeUID2, string(answer))
		decrypter, err := bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keyset.Static(keysOf(t, server, uid2test.PathBidstream))))
		if err != nil {
			t.Fatal(err)
		}
		query := bidstream.Query{Name: "example.com", Scope: codec.ScopeUID2, NowMs: clock.UnixMilli()}
		all := strangeTokens(t, server, other, 200)
		items := make([]object, len(all))
		for i, token := range all {
			items[i] = object{"token": token.text, "name": query.Name, "now": query.NowMs}
		}
		known := map[string]int{}
		for i, v := range s.decryptAt(t, "bidstream", items) {
			var ours bidstream.Verdict
			decrypter.DecryptString(&ours, all[i].text, query)
			switch token := all[i]; {
			case agree(&ours, v):
			case explained(s.name, token.kind, token.version, ours.Status.String(), v.Status):
				known[token.kind]++
			default:
				t.Errorf("%s, version %d, seed %d, token %d: we say %v of type %v, %s says %s",
					token.kind, token.version, *seed, i, ours.Status, ours.Type, s.name, v.summary())
			}
		}
		t.Logf("%d tokens; known differences: %v", len(all), known)
	})
}

// TestTopPrivacyBit: no operator sets it, but whoever may seal tokens can, and so make the Java SDK busy.
func TestTopPrivacyBit(t *testing.T) {
	forEach(t, func(t *testing.T, s *sdk) {
		random := newSource(5)
		k := random.keyring(t, codec.ScopeUID2)
		f := random.fieldsAt(t, codec.V4, k.scope, k.expiresMs-1000)
		f.PrivacyBits = 1 << 31
		text, err := codec.AppendSeal(nil, codec.V4, &f, k.masters[0], k.sites[0])
		if err != nil {
			t.Fatal(err)
		}
		c := circumstance{version: codec.V4, text: string(text), nowMs: k.expiresMs - 1000}
		var our bidstream.Verdict
		ours(t, "sharing", k)(&our, &c)
		s.load(t, "sharing", k.scope, k.answer)
		start := time.Now()
		v := s.decryptAt(t, "sharing", itemsOf([]circumstance{c}))[0]
		t.Logf("%s: %s after %v", s.name, v.Status, time.Since(start).Round(time.Millisecond))
		if !agree(&our, v) && !explained(s.name, "top privacy bit", codec.V4, our.Status.String(), v.Status) {
			t.Errorf("seed %d: we say %v, %s says %s", *seed, our.Status, s.name, v.Status)
		}
	})
}

// agree reports whether both say the same: of a token that may be used, everything that both tell.
func agree(ours *bidstream.Verdict, v told) bool {
	if ours.Status != codec.Success {
		return ours.Status.String() == v.Status
	}
	uid, ok := ours.RawUID()
	return ok && v.Status == "Success" && same(v.UID, uid.Reveal()) && v.sameSite(ours.SiteID) && same(v.Expires, ours.ExpiresMs) &&
		same(v.Established, ours.EstablishedMs) && same(v.Version, int(ours.Version)) && (v.Type == nil || *v.Type == ours.Type.String())
}

// strangeTokens are n of each version and kind.
func strangeTokens(t testing.TB, server, other *uid2test.Server, n int) (all []strange) {
	t.Helper()
	keys, others := secretsOf(t, server), secretsOf(t, other)
	unknown, err := codec.NewKey(4_000_000_000, make([]byte, codec.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	random := newSource(4)
	const hour = 3600 * 1000
	for _, version := range versions {
		add := func(kind string, change func(f *codec.Fields), keys secrets) {
			f := random.fieldsAt(t, version, codec.ScopeUID2, clock.UnixMilli())
			f.PrivacyBits = 1
			change(&f)
			all = append(all, strange{kind, version, keys.seal(t, version, f)})
		}
		mutate := func(kind string, change func(text string) string) {
			f := random.fieldsAt(t, version, codec.ScopeUID2, clock.UnixMilli())
			all = append(all, strange{kind, version, change(keys.seal(t, version, f))})
		}
		for range n {
			add("good", func(*codec.Fields) {}, keys)
			add("expired", func(f *codec.Fields) { f.ExpiresMs = clock.UnixMilli() - hour }, keys)
			add("from the future", func(f *codec.Fields) {
				f.GeneratedMs = clock.UnixMilli() + 2*hour
				f.ExpiresMs = f.GeneratedMs + 24*hour
			}, keys)
			add("too long a life", func(f *codec.Fields) { f.ExpiresMs = clock.UnixMilli() + 4*24*hour }, keys)
			add("opted out", func(f *codec.Fields) { f.PrivacyBits = 7 }, keys)
			add("right name", func(f *codec.Fields) { f.PrivacyBits = 3 }, keys)
			add("wrong name", func(f *codec.Fields) { f.PrivacyBits, f.SiteID = 3, uid2test.SharedSite }, keys)
			add("unknown master key", func(*codec.Fields) {}, secrets{master: unknown, site: keys.site})
			add("unknown site key", func(*codec.Fields) {}, secrets{master: keys.master, site: unknown})
			add("expired, unknown site key", func(f *codec.Fields) { f.ExpiresMs = clock.UnixMilli() - hour }, secrets{master: keys.master, site: unknown})
			if version != codec.V2 {
				add("another scope", func(f *codec.Fields) {
					f.Scope, f.UID = codec.ScopeEUID, random.rawUID(t, codec.V3, codec.ScopeEUID)
				}, others)
			}
			mutate("flipped", func(text string) string {
				return rewrite(t, version, text, func(raw []byte) []byte { return flip(raw, 6+random.IntN(len(raw)-6), random.IntN(8)) })
			})
			mutate("flipped in front", func(text string) string {
				return rewrite(t, version, text, func(raw []byte) []byte { return flip(raw, random.IntN(6), random.IntN(8)) })
			})
			mutate("without its last block", func(text string) string {
				return rewrite(t, version, text, func(raw []byte) []byte { return raw[:len(raw)-16] })
			})
			mutate("cut", func(text string) string { return text[:random.IntN(len(text)-4)] })
			mutate("longer", func(text string) string {
				return strings.TrimRight(text, "=") + strings.Repeat("A", 4*(1+random.IntN(10)))
			})
			mutate("white space", func(text string) string {
				at := random.IntN(len(text))
				return text[:at] + []string{" ", "\n", "\t", "\r\n"}[random.IntN(4)] + text[at:]
			})
			mutate("other alphabet", otherAlphabet)
			mutate("unpadded", func(text string) string { return strings.TrimRight(text, "=") })
		}
	}
	return all
}

// rewrite changes the bytes of a token.
func rewrite(t testing.TB, version codec.Version, text string, change func([]byte) []byte) string {
	t.Helper()
	encoding := base64.StdEncoding
	if version == codec.V4 {
		encoding = base64.RawURLEncoding
	}
	raw, err := encoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return encoding.EncodeToString(change(raw))
}

func flip(raw []byte, at, bit int) []byte {
	raw[at] ^= 1 << bit
	return raw
}

// otherAlphabet spells a token in the alphabet that it isn't issued in.
func otherAlphabet(text string) string {
	if strings.ContainsAny(text, "-_") {
		text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
		return text + strings.Repeat("=", -len(text)&3)
	}
	return strings.NewReplacer("+", "-", "/", "_").Replace(text)
}
