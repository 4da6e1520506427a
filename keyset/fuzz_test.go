package keyset_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// FuzzParse: Parse returns a Snapshot in which every key can be looked up by its id, which is equal
// when parsed again and keeps no reference to its input; or no Snapshot, and an error that quotes
// no secret.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sharingAnswer))
	f.Add([]byte(bodyJSON(`"identity_scope":"EUID","token_expiry_seconds":"60",`, keyJSON(1, 1, 2, ""), keyJSON(1, 3, 4, `,"keyset_id":-1`))))
	f.Add([]byte(`{"body":[` + keyJSON(4294967295, -1, 1<<62, `,"site_id":-1`) + `],"status":"success"}`))
	for _, a := range fixtures.KeyAnswers() {
		f.Add([]byte(a.Answer))
	}
	for _, a := range fixtures.MalformedKeyAnswers() {
		f.Add([]byte(a))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		input := bytes.Clone(answer)
		s, err := keyset.Parse(input)
		if err != nil {
			if s != nil {
				t.Fatal("an error and a Snapshot")
			}
			if strings.Contains(err.Error(), secretA[:8]) {
				t.Fatalf("a secret in the text: %v", err)
			}
			return
		}
		again, err := keyset.Parse(answer)
		if err != nil {
			t.Fatalf("the same again fails: %v", err)
		}
		clear(input)
		equal(t, s, again)
		n := 0
		last := int64(-1)
		for k := range s.All() {
			n++
			if int64(k.ID) <= last {
				t.Fatal("ids don't ascend")
			}
			last = int64(k.ID)
			if key := s.Keys().Lookup(k.ID); key == nil || key.ID() != k.ID {
				t.Fatalf("key %d can't be looked up", k.ID)
			}
			if k.ExpiresMs > s.LatestExpiryMs() {
				t.Fatal("a key outlives the latest expiry")
			}
			if k.HasKeyset && k.ActivatesMs < k.ExpiresMs {
				active, ok := s.ActiveKey(k.KeysetID, k.ActivatesMs)
				if !ok || active.ID() < k.ID {
					t.Fatalf("key %d just became active, the active one is %v", k.ID, active)
				}
			}
		}
		if n != s.Len() || n != s.Keys().Len() {
			t.Fatalf("%d keys, Len %d, table %d", n, s.Len(), s.Keys().Len())
		}
	})
}

// equal compares everything that a Snapshot returns.
func equal(t *testing.T, a, b *keyset.Snapshot) {
	t.Helper()
	type facts struct {
		scope, caller                                           uint32
		skew, expiry, bidstream, sharing, master, deflt, latest int64
		has                                                     [5]bool
	}
	read := func(s *keyset.Snapshot) (f facts) {
		f.scope, f.skew, f.expiry, f.latest = uint32(s.Scope()), s.ClockSkewMs(), s.TokenExpiryMs(), s.LatestExpiryMs()
		f.bidstream, f.has[0] = s.MaxBidstreamLifetimeMs()
		f.sharing, f.has[1] = s.MaxSharingLifetimeMs()
		f.master, f.has[2] = s.MasterKeysetID()
		f.deflt, f.has[3] = s.DefaultKeysetID()
		f.caller, f.has[4] = s.CallerSiteID()
		return f
	}
	if read(a) != read(b) || !slices.Equal(slices.Collect(a.All()), slices.Collect(b.All())) {
		t.Fatal("the same answer reads differently")
	}
}
