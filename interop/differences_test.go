//go:build interop

package interop

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
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
	{"python", "white space", "234", "", "Success", "its base64 reader skips foreign characters"},
	{"python", "white space", "234", "VersionNotSupported", "InvalidPayload", "it reads the version after decoding"},
	{"python", "white space", "234", "InvalidPayload", "VersionNotSupported", "it decodes around foreign characters"},
	{"python", "white space", "234", "InvalidPayload", "NotAuthorizedForMasterKey", "it decodes around foreign characters"},
	{"python", "other alphabet", "23", "Success", "", "it reads versions 2 and 3 in standard base64 only, and skips other characters"},
	{"java", "other alphabet", "23", "Success", "", "it reads versions 2 and 3 in standard base64 only"},
	{"python", "unpadded", "23", "Success", "InvalidPayload", "it wants padding"},
	{"python", "expired, unknown site key", "34", "NotAuthorizedForKey", "ExpiredToken", "it looks at the expiry first"},
	{"python", "expired, unknown site key", "2", "NotAuthorizedForKey", "ExpiredToken", "it looks at the expiry first"},
	{"python", "flipped", "2", "", "", "it doesn't check version 2's padding, and nothing else protects it"},
	{"java", "flipped", "2", "", "", "it doesn't check all of version 2's layout, and nothing else protects it"},
	{"python", "cut", "2", "InvalidPayload", "", "it doesn't check the length"},
	{"java", "cut", "2", "InvalidPayload", "", "it doesn't check the length"},
	{"python", "cut", "34", "InvalidPayload", "NotAuthorizedForMasterKey", "it takes what is left of the key id for one"},
	{"python", "longer", "2", "InvalidPayload", "", "it doesn't check the length"},
	{"java", "longer", "2", "InvalidPayload", "", "it doesn't check the length"},

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

func explained(sdk, kind string, version codec.Version, ours, theirs string) bool {
	for _, d := range differences {
		if d.sdk == sdk && d.kind == kind && strings.Contains(d.versions, string('0'+rune(version))) &&
			(d.ours == "" || d.ours == ours) && (d.theirs == "" || d.theirs == theirs) {
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

// TestVerdicts shows both sides tokens that may not be used, or aren't any, and compares the statuses.
func TestVerdicts(t *testing.T) {
	forEach(t, func(t *testing.T, s *sdk) {
		server, other := start(t), start(t, uid2test.WithScope(codec.ScopeEUID))
		s.connect(t, "bidstream", server, server.Client())
		decrypter := bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keyset.Static(keysOf(t, server, uid2test.PathBidstream))))
		all := strangeTokens(t, server, other, 200)
		texts := make([]string, len(all))
		for i, token := range all {
			texts[i] = token.text
		}
		known := map[string]int{}
		nowMs := time.Now().UnixMilli()
		for i, v := range s.decrypt(t, "bidstream", "example.com", texts) {
			var ours bidstream.Verdict
			decrypter.DecryptString(&ours, texts[i], bidstream.Query{Name: "example.com", Scope: codec.ScopeUID2, NowMs: nowMs})
			switch token := all[i]; {
			case ours.Status.String() == v.Status && (ours.Status != codec.Success || ours.UID.Reveal() == v.UID):
			case explained(s.name, token.kind, token.version, ours.Status.String(), v.Status):
				known[token.kind]++
			default:
				t.Errorf("%s, version %d, token %d: we say %v, %s says %s", token.kind, token.version, i, ours.Status, s.name, v.Status)
			}
		}
		t.Logf("%d tokens; known differences: %v", len(all), known)
	})
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
			f := random.fields(t, version, codec.ScopeUID2)
			f.PrivacyBits = 1
			change(&f)
			all = append(all, strange{kind, version, keys.seal(t, version, f)})
		}
		mutate := func(kind string, change func(text string) string) {
			f := random.fields(t, version, codec.ScopeUID2)
			all = append(all, strange{kind, version, change(keys.seal(t, version, f))})
		}
		for range n {
			add("good", func(*codec.Fields) {}, keys)
			add("expired", func(f *codec.Fields) { f.ExpiresMs = time.Now().UnixMilli() - hour }, keys)
			add("from the future", func(f *codec.Fields) {
				f.GeneratedMs = time.Now().UnixMilli() + 2*hour
				f.ExpiresMs = f.GeneratedMs + 24*hour
			}, keys)
			add("too long a life", func(f *codec.Fields) { f.ExpiresMs = time.Now().UnixMilli() + 4*24*hour }, keys)
			add("opted out", func(f *codec.Fields) { f.PrivacyBits = 7 }, keys)
			add("right name", func(f *codec.Fields) { f.PrivacyBits = 3 }, keys)
			add("wrong name", func(f *codec.Fields) { f.PrivacyBits, f.SiteID = 3, uid2test.SharedSite }, keys)
			add("unknown master key", func(*codec.Fields) {}, secrets{master: unknown, site: keys.site})
			add("unknown site key", func(*codec.Fields) {}, secrets{master: keys.master, site: unknown})
			add("expired, unknown site key", func(f *codec.Fields) { f.ExpiresMs = time.Now().UnixMilli() - hour }, secrets{master: keys.master, site: unknown})
			if version != codec.V2 {
				add("another scope", func(f *codec.Fields) {
					f.Scope, f.UID = codec.ScopeEUID, random.rawUID(t, codec.V3, codec.ScopeEUID)
				}, others)
			}
			mutate("flipped", func(text string) string { return flip(t, random, version, text) })
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

// flip changes one bit behind the key id, where both layers are.
func flip(t testing.TB, random source, version codec.Version, text string) string {
	t.Helper()
	encoding := base64.StdEncoding
	if version == codec.V4 {
		encoding = base64.RawURLEncoding
	}
	raw, err := encoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	raw[6+random.IntN(len(raw)-6)] ^= 1 << random.IntN(8)
	return encoding.EncodeToString(raw)
}

// otherAlphabet spells a token in the alphabet that it isn't issued in.
func otherAlphabet(text string) string {
	if strings.ContainsAny(text, "-_") {
		text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
		return text + strings.Repeat("=", -len(text)&3)
	}
	return strings.NewReplacer("+", "-", "/", "_").Replace(text)
}
