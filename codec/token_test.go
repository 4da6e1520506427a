package codec_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

// texts returns the ways in which a token may be written.
func texts(t *testing.T, v fixtures.TokenVector) []string {
	t.Helper()
	b := decoded(t, v.Text)
	all := []string{v.Text}
	for _, e := range encodings {
		all = append(all, e.EncodeToString(b))
	}
	if v.StandardText != "" {
		all = append(all, v.StandardText)
	}
	return all
}

func decoded(t testing.TB, text string) []byte {
	t.Helper()
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	b, err := base64.RawStdEncoding.DecodeString(standard)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGoldenTokens(t *testing.T) {
	all := table(t)
	var tk codec.Token // reused: nothing may leak from one token into the next
	for _, v := range fixtures.TokenVectors() {
		for _, text := range texts(t, v) {
			if got := codec.Parse(&tk, []byte(text)); got != codec.Success {
				t.Fatalf("%s: parsing gives %v", v.ID, got)
			}
			outside := said{Version: codec.Version(v.Version), Scope: scopeNamed(v.Scope), Type: typeNamed(v.Type), MasterKeyID: v.MasterKeyID}
			if got := saidBy(&tk); got != outside {
				t.Errorf("%s: parsed\n%+v, want\n%+v", v.ID, got, outside)
			}
			if got := tk.Open(all); got != codec.Success {
				t.Fatalf("%s: opening gives %v", v.ID, got)
			}
			if got := saidBy(&tk); got != want(t, v) {
				t.Errorf("%s: opened\n%+v, want\n%+v", v.ID, got, want(t, v))
			}
			if got := tk.UID.Reveal(); got != v.UID {
				t.Errorf("%s: wrong raw UID", v.ID)
			}
		}
	}
}

func TestGoldenTokensWithoutAKey(t *testing.T) {
	for _, v := range fixtures.TokenVectors() {
		var tk codec.Token
		if got := open(&tk, v.Text, table(t, v.MasterKeyID)); got != codec.NotAuthorizedForMasterKey {
			t.Errorf("%s without its master key: %v", v.ID, got)
		}
		if got := tk.Open(table(t)); got != codec.Success || saidBy(&tk) != want(t, v) {
			t.Errorf("%s: after a missing master key, the token must still open: %v", v.ID, got)
		}
		if got := open(&tk, v.Text, table(t, v.SiteKeyID)); got != codec.NotAuthorizedForKey {
			t.Errorf("%s without its site key: %v", v.ID, got)
		}
		if tk.SiteKeyID != v.SiteKeyID || !tk.UID.IsZero() || tk.ExpiresMs != 0 {
			t.Errorf("%s without its site key says %+v", v.ID, saidBy(&tk))
		}
		if got := open(&tk, v.Text, nil); got != codec.NotAuthorizedForMasterKey {
			t.Errorf("%s without keys: %v", v.ID, got)
		}
	}
}

func TestOpenConsumesTheToken(t *testing.T) {
	var tk codec.Token
	if got := tk.Open(table(t)); got != codec.InvalidPayload {
		t.Errorf("the zero Token: %v", got)
	}
	open(&tk, fixtures.Token("G3").Text, table(t))
	if got := tk.Open(table(t)); got != codec.InvalidPayload {
		t.Errorf("opened twice: %v", got)
	}
	codec.Parse(&tk, "AAAA")
	if saidBy(&tk) != (said{}) || tk.Open(table(t)) != codec.InvalidPayload {
		t.Errorf("after a text that isn't a token: %+v", saidBy(&tk))
	}
}

func TestMalformedTokens(t *testing.T) {
	var tk codec.Token
	for _, v := range fixtures.MalformedTokens() {
		open(&tk, fixtures.Token("G9").Text, table(t))
		if got := codec.Parse(&tk, v.Text); got != statusNamed(t, v.Status) {
			t.Errorf("%q: %v, want %s", v.Text, got, v.Status)
		}
		if saidBy(&tk) != (said{}) {
			t.Errorf("%q: fields are left: %+v", v.Text, saidBy(&tk))
		}
	}
}

func TestSizes(t *testing.T) {
	// The start of a token, and nothing that could open: only its size may be at fault.
	parse := func(head string, size int) codec.Status {
		b := make([]byte, size)
		copy(b, head)
		return codec.Parse(new(codec.Token), base64.RawURLEncoding.EncodeToString(b))
	}
	for _, c := range []struct {
		head     string
		size     int
		want     codec.Status
		describe string
	}{
		{"\x02\x00", 132, codec.InvalidPayload, "version 2"},
		{"\x02\x00", 133, codec.Success, "version 2"},
		{"\x02\x00", 134, codec.InvalidPayload, "version 2"},
		{"\x02\x70", 133, codec.Success, "version 2 with a large key id"},
		{"\x02\x80", 133, codec.Success, "version 2 with a large key id"},
		{"\x03\x70", 162, codec.InvalidPayload, "version 3"},
		{"\x03\x70", 163, codec.Success, "version 3"},
		{"\x03\x80", 162, codec.InvalidPayload, "version 4"},
		{"\x03\x80", 163, codec.Success, "version 4"},
		{"\x03\x80", 384, codec.Success, "version 4 of 512 characters"},
		{"\x03\x80", 385, codec.InvalidPayload, "version 4 of 514 characters"},
		{"\x03\x80", 3000, codec.InvalidPayload, "version 4 of 4000 characters"},
		{"\x03\x81", 3000, codec.VersionNotSupported, "an unknown version of 4000 characters"},
		{"\x03\x81", 164, codec.VersionNotSupported, "an unknown version"},
		{"\x01\x00", 133, codec.VersionNotSupported, "an unknown version"},
	} {
		if got := parse(c.head, c.size); got != c.want {
			t.Errorf("%s, %d bytes: %v, want %v", c.describe, c.size, got, c.want)
		}
	}
	padded := strings.Repeat("A", codec.MaxTokenText-1) + "=="
	if got := codec.Parse(new(codec.Token), "A4"+padded[2:]); got != codec.InvalidPayload {
		t.Errorf("padding beyond the limit: %v", got)
	}
}

// TestOversized: a token that is too long for its version is refused even if its layers are in
// order, and before anything else that is wrong with it, except for its master key.
func TestOversized(t *testing.T) {
	g3 := fixtures.Token("G3")
	text := sealedV4(t, []byte(g3.MasterLayer[:45]), append([]byte(g3.SiteLayer), make([]byte, 10)...))
	for _, c := range []struct {
		keys     *codec.KeyTable
		want     codec.Status
		describe string
	}{
		{table(t), codec.InvalidPayload, "all keys"},
		{table(t, 5002), codec.InvalidPayload, "no site key"},
		{table(t, 5001), codec.NotAuthorizedForMasterKey, "no master key"},
	} {
		var tk codec.Token
		if got := open(&tk, text, c.keys); got != c.want || tk.SiteKeyID != 0 || tk.MasterKeyID != 5001 {
			t.Errorf("%s: %v, want %v; %+v", c.describe, got, c.want, saidBy(&tk))
		}
	}
}

// TestHeads checks the reading of the first byte against what its bits mean: old generators left
// the two low bits clear.
func TestHeads(t *testing.T) {
	for first := range 256 {
		if first == 2 {
			continue // version 2
		}
		b := make([]byte, 163)
		b[0], b[1] = byte(first), 0x80
		var tk codec.Token
		if got := codec.Parse(&tk, base64.StdEncoding.EncodeToString(b)); got != codec.Success {
			t.Fatalf("%#02x: %v", first, got)
		}
		scope := map[int]codec.Scope{0: codec.ScopeUID2, 1: codec.ScopeEUID}[first>>4&1]
		kind := map[int]codec.IdentityType{0: codec.TypeEmail, 1: codec.TypePhone}[first>>2&3]
		if tk.Scope != scope || tk.Type != kind {
			t.Errorf("%#02x: %v %v, want %v %v", first, tk.Scope, tk.Type, scope, kind)
		}
	}
}

func TestTamperedTokens(t *testing.T) {
	all := table(t)
	var tk codec.Token
	expect := func(v fixtures.TokenVector, what string, at int, b []byte) {
		t.Helper()
		if got := open(&tk, base64.StdEncoding.EncodeToString(b), all); got != codec.InvalidPayload {
			t.Errorf("%s, byte %d %s: %v", v.ID, at, what, got)
		}
		if !tk.UID.IsZero() || tk.ExpiresMs != 0 || tk.SiteID != 0 {
			t.Errorf("%s, byte %d %s: says %+v", v.ID, at, what, saidBy(&tk))
		}
	}
	for _, v := range fixtures.TokenVectors() {
		if v.Version == 2 {
			continue // has no integrity protection
		}
		token := decoded(t, v.Text)
		for at := 6; at < len(token); at++ {
			for bit := range 8 {
				changed := append([]byte(nil), token...)
				changed[at] ^= 1 << bit
				expect(v, "changed", at, changed)
			}
		}
		for at := 6; at < len(token); at++ {
			expect(v, "repeated", at, append(append([]byte(nil), token[:at+1]...), token[at:]...))
			expect(v, "removed", at, append(append([]byte(nil), token[:at]...), token[at+1:]...))
		}
		expect(v, "added", len(token), append(append([]byte(nil), token...), 0))
	}
}

// TestTamperedVersion2 flips every bit after the first byte. The format lets through flips in the
// outer IV that hit the expiry or, by way of the inner IV, the site id; everything else is caught.
func TestTamperedVersion2(t *testing.T) {
	all := table(t)
	var tk codec.Token
	v := fixtures.Token("G1")
	token := decoded(t, v.Text)
	for at := 5; at < len(token); at++ {
		for bit := range 8 {
			changed := append([]byte(nil), token...)
			changed[at] ^= 1 << bit
			got := open(&tk, base64.StdEncoding.EncodeToString(changed), all)
			expiry, site := at >= 5 && at < 13, at >= 17 && at < 21
			negative := at == 5 && bit == 7
			if free := (expiry || site) && !negative; (got == codec.Success) != free {
				t.Errorf("byte %d bit %d: %v", at, bit, got)
			}
			want := want(t, v)
			if expiry {
				want.ExpiresMs = tk.ExpiresMs
			}
			if site {
				want.SiteID = tk.SiteID
			}
			if got == codec.Success && saidBy(&tk) != want {
				t.Errorf("byte %d bit %d: says %+v", at, bit, saidBy(&tk))
			}
		}
	}
}

// TestVersion2Layers opens layers that are properly encrypted but hold invalid content.
func TestVersion2Layers(t *testing.T) {
	v := fixtures.Token("G1")
	all := table(t)
	status := func(change func(master, identity []byte)) codec.Status {
		master := append(make([]byte, 12), 4, 4, 4, 4)
		putKeyID(master[8:], v.SiteKeyID)
		identity := append([]byte(nil), v.SiteLayer...)
		change(master, identity)
		var tk codec.Token
		return open(&tk, sealedV2(t, master, identity), all)
	}
	if got := status(func(_, _ []byte) {}); got != codec.Success {
		t.Fatal(got)
	}
	refused := func(what string, change func(master, identity []byte)) {
		t.Helper()
		if got := status(change); got != codec.InvalidPayload {
			t.Errorf("%s: %v", what, got)
		}
	}
	for i := range 4 {
		refused("outer padding", func(master, _ []byte) { master[12+i]++ })
	}
	for i := range 16 {
		refused("inner padding", func(_, identity []byte) { identity[64+i]-- })
	}
	for _, pad := range []byte{0, 1, 3, 5, 16, 17, 255} {
		refused("another outer padding", func(master, _ []byte) { master[15] = pad })
	}
	for _, pad := range []byte{0, 1, 15, 17, 255} {
		refused("another inner padding", func(_, identity []byte) { identity[79] = pad })
	}
	for i, b := range []byte{1, 1, 1, 43} {
		refused("length of the raw UID", func(_, identity []byte) { identity[4+i] = b })
	}
	refused("length of the raw UID", func(_, identity []byte) { identity[7] = 45 })
	for i := range 43 {
		refused("character of the raw UID", func(_, identity []byte) { identity[8+i] = '\n' })
	}
	refused("raw UID of 31 bytes", func(_, identity []byte) { copy(identity[50:], "==") })
	refused("expiry", func(master, _ []byte) { master[0] = 0x80 })
	refused("established", func(_, identity []byte) { identity[56] = 0x80 })
	if got := status(func(_, identity []byte) { identity[51] = 'A' }); got != codec.Success {
		t.Errorf("raw UID of 33 bytes: %v", got)
	}
}

func TestTimesThatOverflow(t *testing.T) {
	k := keys(t)
	for _, field := range []string{"expires", "generated", "established", "refreshed"} {
		master := make([]byte, 45)
		site := make([]byte, 68)
		putKeyID(master[29:], 5002)
		switch field {
		case "expires":
			master[0] = 0x80
		case "generated":
			master[8] = 0x80
		case "established":
			site[20] = 0x80
		case "refreshed":
			site[28] = 0x80
		}
		var tk codec.Token
		text := sealedV4(t, master, site)
		if got := open(&tk, text, codec.NewKeyTable([]*codec.Key{k[5001], k[5002]})); got != codec.InvalidPayload {
			t.Errorf("%s: %v", field, got)
		}
		if tk.ExpiresMs != 0 || tk.EstablishedMs != 0 || !tk.UID.IsZero() {
			t.Errorf("%s: says %+v", field, saidBy(&tk))
		}
	}
}

// TestOddRawUIDs opens tokens whose raw UID isn't valid: only its length matters.
func TestOddRawUIDs(t *testing.T) {
	master := make([]byte, 45)
	putKeyID(master[29:], 5002)
	for size, want := range map[int]codec.Status{
		31: codec.InvalidPayload, 32: codec.Success, 33: codec.Success, 34: codec.InvalidPayload, 200: codec.InvalidPayload,
	} {
		site := make([]byte, 36+size)
		for i := range size {
			site[36+i] = 0xFF // reserved bits set, checksum wrong
		}
		var tk codec.Token
		if got := open(&tk, sealedV4(t, master, site), table(t)); got != want {
			t.Errorf("%d bytes: %v, want %v", size, got, want)
		}
	}
}

func TestStatuses(t *testing.T) {
	names := strings.Fields("Success NotAuthorizedForKey NotAuthorizedForMasterKey NotInitialized InvalidPayload ExpiredToken " +
		"KeysNotSynced VersionNotSupported InvalidIdentityScope InvalidTokenLifetime DomainOrAppNameCheckFailed UserOptedOut")
	all := codec.Statuses()
	if len(all) != len(names) {
		t.Fatalf("%d statuses, want %d", len(all), len(names))
	}
	for i, s := range all {
		if s.String() != names[i] {
			t.Errorf("%d is %q, want %q", s, s, names[i])
		}
	}
	for s, name := range map[codec.Status]string{codec.EncryptionFailure: "EncryptionFailure", codec.KeyInactive: "KeyInactive",
		codec.TokenDecryptFailure: "TokenDecryptFailure", codec.InvalidPayloadType: "InvalidPayloadType"} {
		if s.String() != name {
			t.Errorf("%d is %q, want %q", s, s, name)
		}
	}
	for _, s := range []codec.Status{0, codec.InvalidPayloadType + 1, 255} {
		if s.String() != "Invalid status" {
			t.Errorf("%d is %q", s, s)
		}
	}
}

func TestNamesOfEnumerations(t *testing.T) {
	for got, want := range map[string]string{
		codec.Scope(0).String():                  "unknown",
		codec.ScopeUID2.String():                 "UID2",
		codec.ScopeEUID.String():                 "EUID",
		codec.TypeEmail.String():                 "email",
		codec.TypePhone.String():                 "phone",
		codec.EnvironmentTest.String():           "test",
		codec.EnvironmentIntegration.String():    "integration",
		codec.EnvironmentProduction.String():     "production",
		"type " + codec.TypeUnknown.String():     "type unknown",
		"env " + codec.Environment(200).String(): "env unknown",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPrivacyBits(t *testing.T) {
	for bits, want := range map[codec.PrivacyBits][2]bool{
		0: {false, false}, 1: {false, false}, 2: {true, false}, 3: {true, false}, 4: {false, true}, 7: {true, true},
		8: {false, false}, 0x40000000: {false, false}, 0x80000000: {false, false}, 0xFFFFFFF9: {false, false},
	} {
		if bits.ClientSideGenerated() != want[0] || bits.OptedOut() != want[1] {
			t.Errorf("%#x: %v %v", bits, bits.ClientSideGenerated(), bits.OptedOut())
		}
	}
}
