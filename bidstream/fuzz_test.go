package bidstream_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// FuzzDecrypt: for any token and any query, the status is valid, there is no raw UID without
// Success, the verdict of a token that didn't open has no fields, and no raw UID is returned for an
// opted-out user, an expired token or the wrong scope.
func FuzzDecrypt(f *testing.F) {
	for _, v := range fixtures.TokenVectors() {
		f.Add(v.Text, "example.com", uint8(0), int64(now), uint8(1))
		f.Add(v.Text, "", uint8(codec.ScopeUID2), int64(now), uint8(2))
		f.Add(v.Text, "foo.com", uint8(codec.ScopeEUID), v.ExpiresMs+1, uint8(0))
		f.Add(v.StandardText, "COM.example.app", uint8(7), v.GeneratedMs-1800001, uint8(1))
	}
	for _, v := range fixtures.MalformedTokens() {
		f.Add(v.Text, "", uint8(0), int64(now), uint8(1))
	}
	uid2, euid := snapshot(f, codec.ScopeUID2), snapshot(f, codec.ScopeEUID)
	f.Fuzz(func(t *testing.T, token, name string, scope uint8, nowMs int64, optOut uint8) {
		d := newDecrypter(t,
			bidstream.WithKeys(codec.ScopeUID2, keyset.Static(uid2)),
			bidstream.WithKeys(codec.ScopeEUID, keyset.Static(euid)),
			bidstream.WithOptOuts(optOuts{State: bidstream.OptOutState(optOut)}),
		)
		v := decrypt(t, d, token, bidstream.Query{Name: name, Scope: codec.Scope(scope), NowMs: nowMs})
		if _, ok := v.RawUID(); !ok {
			return
		}
		if v.OptOut.State != bidstream.NotOptedOut || v.PrivacyBits.OptedOut() || nowMs > v.ExpiresMs ||
			scope != 0 && uint8(v.Scope) != scope || v.PrivacyBits.ClientSideGenerated() && name == "" {
			t.Errorf("allowed: %+v", v)
		}
	})
}
