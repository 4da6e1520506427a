//go:build go1.25

package bidstream_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// swapped is a source whose Snapshot is replaced while others read it.
type swapped struct {
	current atomic.Pointer[keyset.Snapshot]
}

func (s *swapped) Snapshot() *keyset.Snapshot { return s.current.Load() }

// TestSwapsWhileDecrypting replaces keys and adds opt-outs while many goroutines decrypt: each
// verdict is consistent with one of the states, and once a user is in the opt-outs, no decryption
// that starts later returns the UID.
func TestSwapsWhileDecrypting(t *testing.T) {
	const readers, rounds = 4, 300
	full, poor := snapshot(t, codec.ScopeUID2), snapshot(t, codec.ScopeUID2, withoutKey(5002))
	var keys swapped
	keys.current.Store(full)
	var store bidstream.MemoryOptOuts
	d := newDecrypter(t, bidstream.WithKeys(codec.ScopeUID2, &keys), bidstream.WithOptOuts(&store))
	v := fixtures.Token("G9")
	user := uid(t, v.UID)
	batch := slices.Repeat([]string{v.Text}, 10)
	var gone atomic.Bool

	var running sync.WaitGroup
	for range readers {
		running.Go(func() {
			for range rounds {
				before := gone.Load()
				var all [11]bidstream.Verdict
				d.DecryptString(&all[0], v.Text, bidstream.Query{NowMs: now})
				d.DecryptStringBatch(all[1:], batch, bidstream.Query{NowMs: now})
				for _, got := range all {
					switch got.Status {
					case codec.Success:
						if raw, ok := got.RawUID(); before || !ok || raw != user {
							t.Errorf("a wrong UID, or that of an opted-out user: %+v", got)
						}
					case codec.UserOptedOut, codec.NotAuthorizedForKey:
					default:
						t.Errorf("%v", got.Status)
					}
				}
			}
		})
	}
	running.Go(func() {
		for i := range rounds {
			keys.current.Store([]*keyset.Snapshot{full, poor}[i%2])
			b := user.AppendBytes(nil)
			b[20], b[21] = byte(i), byte(i>>8)
			other, _ := codec.NewRawUID(b)
			store.Add(other, int64(i))
			if i == rounds/2 {
				store.Add(user, 1)
				gone.Store(true)
			}
		}
	})
	running.Wait()
}
