//go:build interop

package interop

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/sharing/legacy"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// openedData is what an SDK says of legacy data.
type openedData struct {
	Status    string
	Data      []byte
	Encrypted int64
}

// loadLegacy gives the SDK the keys of a legacy answer. The Python SDK doesn't read the list that operators answer with, but
// takes the same keys in the newer frame.
func loadLegacy(t testing.TB, s *sdk, scope codec.Scope, answer []byte) {
	t.Helper()
	if s == python {
		var list struct{ Body []object }
		if err := json.Unmarshal(answer, &list); err != nil {
			t.Fatal(err)
		}
		var err error
		if answer, err = json.Marshal(object{"status": "success", "body": object{"identity_scope": scope.String(), "keys": list.Body}}); err != nil {
			t.Fatal(err)
		}
	}
	s.load(t, "legacy", scope, string(answer))
}

// TestLegacyData encrypts bytes for a site on each side and decrypts them on the other.
func TestLegacyData(t *testing.T) {
	const pieces = 500
	forEach(t, func(t *testing.T, s *sdk) {
		cryptotest.SetGlobalRandom(t, *seed) // for the IVs
		for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
			server := uid2test.NewUnstartedServer(uid2test.WithScope(scope))
			answer := server.KeyAnswer(server.Client(), uid2test.PathLatest)
			ours, err := legacy.New(scope, keyset.Static(keysOf(t, server, uid2test.PathLatest)))
			if err != nil {
				t.Fatal(err)
			}
			loadLegacy(t, s, scope, answer)

			random, nowMs := newSource(30), time.Now().UnixMilli()
			plain, mine, items := make([][]byte, pieces), make([]string, pieces), make([]object, pieces)
			for i := range plain {
				plain[i] = random.bytes(random.IntN(200))
				text, status := ours.EncryptForSite(nil, legacy.Plain{Bytes: plain[i], NowMs: nowMs}, uid2test.PublisherSite)
				if status != codec.Success {
					t.Fatal(status)
				}
				mine[i] = string(text)
				items[i] = object{"data": plain[i], "site_id": uid2test.PublisherSite, "now": nowMs}
			}
			theyOpenOurs(t, s, plain, mine, nowMs)
			nobodyOpens(t, s, ours, damaged(random, mine), nowMs)
			weOpenTheirs(t, s, ours, plain, object{"op": "encrypt_data", "scope": scope.String(), "items": items}, nowMs)
		}
	})
}

// opened asks the SDK about texts.
func opened(t *testing.T, s *sdk, texts []string) []openedData {
	t.Helper()
	var answer struct{ Data []openedData }
	s.must(t, object{"op": "decrypt_data", "texts": texts}, &answer)
	if len(answer.Data) != len(texts) {
		t.Fatalf("%s: %d answers about %d texts", s.name, len(answer.Data), len(texts))
	}
	return answer.Data
}

func theyOpenOurs(t *testing.T, s *sdk, plain [][]byte, texts []string, nowMs int64) {
	t.Helper()
	for i, their := range opened(t, s, texts) {
		if their.Status != "Success" || !bytes.Equal(their.Data, plain[i]) || their.Encrypted != nowMs {
			t.Errorf("seed %d, text %d: %s says %s, or other bytes, or another time", *seed, i, s.name, their.Status)
		}
	}
}

// nobodyOpens compares the statuses of damaged texts. The Python SDK has texts instead of some, so only Success counts there.
func nobodyOpens(t *testing.T, s *sdk, ours *legacy.Client, texts []string, nowMs int64) {
	t.Helper()
	for i, their := range opened(t, s, texts) {
		_, status := ours.DecryptData(texts[i], nowMs)
		same := status.String() == their.Status
		if s == python {
			same = (status == codec.Success) == (their.Status == "Success")
		}
		if !same && !explained(s.name, "damaged data", codec.V3, status.String(), their.Status) {
			t.Errorf("seed %d, damaged text %d: we say %v, %s says %s", *seed, i, status, s.name, their.Status)
		}
	}
}

func weOpenTheirs(t *testing.T, s *sdk, ours *legacy.Client, plain [][]byte, command object, nowMs int64) {
	t.Helper()
	var answer struct{ Texts []string }
	s.must(t, command, &answer)
	for i, text := range answer.Texts {
		data, status := ours.DecryptData(text, nowMs)
		if status != codec.Success || !bytes.Equal(data.Bytes, plain[i]) || data.EncryptedMs != nowMs || data.SiteID != uid2test.PublisherSite {
			t.Errorf("seed %d, text %d of %s: we say %v, or other bytes, time or site", *seed, i, s.name, status)
		}
	}
}

// damaged changes a bit of each text's bytes.
func damaged(random source, texts []string) []string {
	changed := make([]string, len(texts))
	for i, text := range texts {
		raw, _ := base64.StdEncoding.DecodeString(text)
		changed[i] = base64.StdEncoding.EncodeToString(flip(raw, random.IntN(len(raw)), random.IntN(8)))
	}
	return changed
}
