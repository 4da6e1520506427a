package codec_test

import (
	"bytes"
	"crypto/aes"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

func scopeOf(name string) codec.Scope {
	return map[string]codec.Scope{"UID2": codec.ScopeUID2, "EUID": codec.ScopeEUID, "": codec.ScopeUID2}[name]
}

func TestGoldenData(t *testing.T) {
	v := fixtures.EncryptedData()
	for _, d := range v.Vectors {
		got, status := codec.OpenData(d.Text, scopeOf(d.Scope), table(t))
		if status != codec.Success || string(got.Bytes) != v.Data || got.SiteID != v.SiteID || got.EncryptedMs != v.EncryptedMs {
			t.Errorf("version %d %s: %v", d.Version, d.Scope, status)
		}
		if d.Version != 3 {
			continue
		}
		sealed, status := codec.AppendSealData([]byte("before"), scopeOf(d.Scope),
			codec.Data{Bytes: []byte(v.Data), SiteID: v.SiteID, EncryptedMs: v.EncryptedMs}, keys(t)[v.KeyID], d.IV)
		if status != codec.Success || string(sealed) != "before"+d.Text {
			t.Errorf("%s: sealed as %s, %v; want %s", d.Scope, sealed, status, d.Text)
		}
	}
}

func TestDataOfAllSizes(t *testing.T) {
	key := keys(t)[5002]
	seen := map[string]bool{}
	for size := range 100 {
		data := codec.Data{Bytes: []byte(strings.Repeat("x", size)), SiteID: 7, EncryptedMs: 1}
		text, status := codec.AppendSealData(nil, codec.ScopeEUID, data, key, nil)
		if status != codec.Success || seen[string(text)] {
			t.Fatal(status)
		}
		seen[string(text)] = true
		for _, spelling := range []string{string(text), strings.TrimRight(string(text), "="), strings.NewReplacer("+", "-", "/", "_").Replace(string(text))} {
			if got, status := codec.OpenData(spelling, codec.ScopeEUID, table(t)); status != codec.Success || string(got.Bytes) != string(data.Bytes) {
				t.Fatalf("%d bytes: %v", size, status)
			}
		}
	}
}

// dataV2 makes legacy data of version 2 under key 5002, which this package only reads.
func dataV2(d codec.Data) []byte {
	padding := aes.BlockSize - len(d.Bytes)%aes.BlockSize
	sealed := blocksV2(append(bytes.Clone(d.Bytes), bytes.Repeat([]byte{byte(padding)}, padding)...))
	binary.BigEndian.PutUint64(sealed[2:], uint64(d.EncryptedMs))
	binary.BigEndian.PutUint32(sealed[10:], d.SiteID)
	return sealed
}

// blocksV2 is like dataV2 for a whole number of blocks, padded or not.
func blocksV2(plain []byte) []byte {
	iv := []byte("an IV of version")
	sealed := append([]byte{0x80, 1}, make([]byte, 16)...)
	putKeyID(sealed[14:], 5002)
	return append(append(sealed, iv...), encryptedCBC(secrets()[5002], iv, plain)...)
}

// dataV3 makes legacy data of version 3 under key 5002 from any bytes, of which the first 12 should
// be a time and a site id.
func dataV3(plain []byte) []byte {
	iv := []byte("an IV of ver")
	sealed := append([]byte{0x6B, 112, 0, 0, 0, 0}, iv...)
	putKeyID(sealed[2:], 5002)
	return referenceGCM(secrets()[5002]).Seal(sealed, iv, plain, nil)
}

// TestDataOfVersion2OfAllSizes opens data of every size, and expects an error for every truncation.
func TestDataOfVersion2OfAllSizes(t *testing.T) {
	all := table(t)
	for size := range 120 {
		want := codec.Data{Bytes: make([]byte, size), SiteID: 7000, EncryptedMs: 1_768_478_400_000}
		for i := range want.Bytes {
			want.Bytes[i] = byte(i + 1) // the last bytes look like padding, too
		}
		sealed := dataV2(want)
		got, status := codec.OpenData(base64.StdEncoding.EncodeToString(sealed), codec.ScopeEUID, all)
		if status != codec.Success || !bytes.Equal(got.Bytes, want.Bytes) || got.SiteID != want.SiteID || got.EncryptedMs != want.EncryptedMs {
			t.Errorf("%d bytes: %v, %d bytes of site %d at %d", size, status, len(got.Bytes), got.SiteID, got.EncryptedMs)
		}
		for cut := range sealed {
			if got, status := codec.OpenData(base64.StdEncoding.EncodeToString(sealed[:cut]), codec.ScopeUID2, all); status == codec.Success || got.Bytes != nil {
				t.Errorf("%d bytes, cut to %d of %d: %v", size, cut, len(sealed), status)
			}
		}
	}
}

func TestDataThatDoesNotOpen(t *testing.T) {
	v := fixtures.EncryptedData()
	var v2, v3 []byte
	for _, d := range v.Vectors {
		sealed, err := base64.StdEncoding.DecodeString(d.Text)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case d.Version == 2:
			v2 = sealed
		case d.Scope == "UID2":
			v3 = sealed
		}
	}
	open := func(sealed []byte, keys *codec.KeyTable) codec.Status {
		data, status := codec.OpenData(base64.StdEncoding.EncodeToString(sealed), codec.ScopeUID2, keys)
		if status != codec.Success && data.Bytes != nil {
			t.Errorf("%v with data", status)
		}
		return status
	}
	changed := func(sealed []byte, at int, xor byte) []byte {
		c := append([]byte(nil), sealed...)
		c[at] ^= xor
		return c
	}
	all := table(t)
	for name, c := range map[string]struct{ got, want codec.Status }{
		"v3 of EUID":         {open(changed(v3, 0, 0x10), all), codec.InvalidIdentityScope},
		"v3 of version 71":   {open(changed(v3, 1, 1), all), codec.VersionNotSupported},
		"v3 of another key":  {open(changed(v3, 5, 1), all), codec.NotAuthorizedForKey},
		"v3 without its key": {open(v3, table(t, 5002)), codec.NotAuthorizedForKey},
		"v3 without keys":    {open(v3, nil), codec.NotAuthorizedForKey},
		"v3 changed":         {open(changed(v3, len(v3)-1, 1), all), codec.InvalidPayload},
		"v3 cut":             {open(v3[:len(v3)-1], all), codec.InvalidPayload},
		"v3 head only":       {open(v3[:40], all), codec.InvalidPayload},
		"v2 of version 2":    {open(changed(v2, 1, 3), all), codec.VersionNotSupported},
		"v2 of another key":  {open(changed(v2, 17, 1), all), codec.NotAuthorizedForKey},
		"v2 padding changed": {open(changed(v2, 18+15, 1), all), codec.InvalidPayload},
		"v2 cut":             {open(v2[:len(v2)-1], all), codec.InvalidPayload},
		"v2 without blocks":  {open(v2[:34], all), codec.InvalidPayload},
		"v2 of before 1970":  {open(changed(v2, 2, 0x80), all), codec.InvalidPayload},
		"v2 of 31 Dec 1969":  {open(dataV2(codec.Data{EncryptedMs: -1}), all), codec.InvalidPayload},
		"v2 of version 112":  {open(changed(v2, 1, 0x71), all), codec.VersionNotSupported},
		"v2 head of two":     {open([]byte{0x80, 2}, all), codec.VersionNotSupported},
		"v2 padding 0":       {open(blocksV2(make([]byte, 16)), all), codec.InvalidPayload},
		"v2 padding 17":      {open(blocksV2(bytes.Repeat([]byte{17}, 32)), all), codec.InvalidPayload},
		"v3 of version 1":    {open(changed(v3, 1, 0x71), all), codec.VersionNotSupported},
		"v3 of 31 Dec 1969":  {open(dataV3(bytes.Repeat([]byte{0xFF}, 12)), all), codec.InvalidPayload},
		"neither":            {open(changed(v2, 0, 0x01), all), codec.InvalidPayloadType},
		"one byte":           {open(v3[:1], all), codec.InvalidPayload},
		"nothing":            {open(nil, all), codec.InvalidPayload},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if _, status := codec.OpenData("????", codec.ScopeUID2, all); status != codec.InvalidPayload {
		t.Errorf("not base64: %v", status)
	}
}

// TestDataOfVersion3WithoutAHead: authenticated data may still be too short.
func TestDataOfVersion3WithoutAHead(t *testing.T) {
	for size := range 14 {
		data, status := codec.OpenData(base64.StdEncoding.EncodeToString(dataV3(make([]byte, size))), codec.ScopeUID2, table(t))
		want := codec.InvalidPayload
		if size >= 12 {
			want = codec.Success
		}
		if status != want || len(data.Bytes) != max(0, size-12) {
			t.Errorf("%d bytes: %v", size, status)
		}
	}
}

// TestDataOfTheFirstMillisecond: 0 is a valid time.
func TestDataOfTheFirstMillisecond(t *testing.T) {
	text, status := codec.AppendSealData(nil, codec.ScopeUID2, codec.Data{Bytes: []byte("x")}, keys(t)[5002], nil)
	if status != codec.Success {
		t.Fatal(status)
	}
	for _, text := range []string{string(text), base64.StdEncoding.EncodeToString(dataV2(codec.Data{Bytes: []byte("x")}))} {
		if data, status := codec.OpenData(text, codec.ScopeUID2, table(t)); status != codec.Success || string(data.Bytes) != "x" || data.EncryptedMs != 0 {
			t.Errorf("%v, at %d", status, data.EncryptedMs)
		}
	}
}

func TestDataThatCannotBeSealed(t *testing.T) {
	key := keys(t)[5002]
	for name, f := range map[string]func() ([]byte, codec.Status){
		"no key": func() ([]byte, codec.Status) {
			return codec.AppendSealData(nil, codec.ScopeUID2, codec.Data{}, nil, nil)
		},
		"no scope": func() ([]byte, codec.Status) { return codec.AppendSealData(nil, 0, codec.Data{}, key, nil) },
		"a time before 1970": func() ([]byte, codec.Status) {
			return codec.AppendSealData(nil, codec.ScopeUID2, codec.Data{EncryptedMs: -1}, key, nil)
		},
	} {
		if text, status := f(); status != codec.EncryptionFailure || text != nil {
			t.Errorf("%s: %v", name, status)
		}
	}
}

func FuzzOpenData(f *testing.F) {
	for _, d := range fixtures.EncryptedData().Vectors {
		f.Add(d.Text)
	}
	all := table(f)
	f.Fuzz(func(t *testing.T, text string) {
		data, status := codec.OpenData(text, codec.ScopeUID2, all)
		again, same := codec.OpenData([]byte(text), codec.ScopeUID2, all)
		if status != same || string(data.Bytes) != string(again.Bytes) || status.String() == "Invalid status" {
			t.Errorf("%v from a string, %v from bytes", status, same)
		}
		if status != codec.Success && (data.Bytes != nil || data.SiteID != 0 || data.EncryptedMs != 0) {
			t.Errorf("%v with data", status)
		}
	})
}
