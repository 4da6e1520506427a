//go:build interop

package interop

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// perVersion is how many tokens of each version go each way.
const perVersion = 5000

// batchSize is how many of them go in one command.
const batchSize = 2500

// seed is what all random things follow from. Failures name it.
var seed = flag.Uint64("interop.seed", 0, "the seed of random tokens and keys")

// source makes random things, the same in each run with the same seed.
type source struct{ *rand.Rand }

func newSource(number uint64) source { return source{rand.New(rand.NewPCG(number, *seed))} }

func (r source) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// rawUID makes a raw UID of version 2, 3 or 4, which is well-formed and nobody's.
func (r source) rawUID(t testing.TB, version codec.Version, scope codec.Scope) codec.RawUID {
	t.Helper()
	raw := r.bytes(33)
	raw[0] = byte(scope-codec.ScopeUID2)<<4 | byte(r.IntN(2))<<2
	switch version {
	case codec.V2:
		raw = raw[1:]
	case codec.V4:
		raw[0] |= 0x20 | byte(r.IntN(3))<<6
		checksum := byte(0)
		for _, b := range raw[:32] {
			checksum ^= b
		}
		raw[32] = checksum
	}
	uid, err := codec.NewRawUID(raw)
	if err != nil || !uid.Valid() {
		t.Fatal("no raw UID")
	}
	return uid
}

// fields are those of a token that may be used now: times to the second, since the Python SDK knows no others.
func (r source) fields(t testing.TB, version codec.Version, scope codec.Scope) codec.Fields {
	t.Helper()
	return r.fieldsAt(t, version, scope, time.Now().Truncate(time.Second).UnixMilli())
}

func (r source) fieldsAt(t testing.TB, version codec.Version, scope codec.Scope, now int64) codec.Fields {
	t.Helper()
	rawVersion := codec.V2
	if version != codec.V2 {
		rawVersion = codec.Version(2 + r.IntN(3))
	}
	generated := now - 1000*r.Int64N(24*3600)
	f := codec.Fields{
		Scope: scope, UID: r.rawUID(t, rawVersion, scope), SiteID: uid2test.PublisherSite,
		PrivacyBits:   []codec.PrivacyBits{0, 1, 3}[r.IntN(3)],
		EstablishedMs: generated - 1000*r.Int64N(365*24*3600),
		GeneratedMs:   generated, RefreshedMs: generated,
		ExpiresMs: generated + 3*24*3600*1000,
	}
	if f.UID.Type() == codec.TypeUnknown && version != codec.V2 {
		f.Type = codec.IdentityType(1 + r.IntN(2))
	}
	return f
}

// secrets are a master and a site key with their secrets, for those who seal.
type secrets struct {
	master, site *codec.Key
	specs        map[string]object // by "master" and "site"
}

// secretsOf takes the master key and the publisher's key out of what the local operator answers to who reads all keys.
func secretsOf(t testing.TB, server *uid2test.Server) secrets {
	t.Helper()
	var answer struct {
		Body struct {
			Keys []struct {
				ID       uint32 `json:"id"`
				KeysetID *int64 `json:"keyset_id"`
				Secret   []byte `json:"secret"`
			} `json:"keys"`
			Master  int64 `json:"master_keyset_id"`
			Default int64 `json:"default_keyset_id"`
		} `json:"body"`
	}
	if err := json.Unmarshal(server.KeyAnswer(server.Client(), uid2test.PathSharing), &answer); err != nil {
		t.Fatal(err)
	}
	s := secrets{specs: map[string]object{}}
	for _, k := range answer.Body.Keys {
		if k.KeysetID == nil {
			continue
		}
		key, err := codec.NewKey(k.ID, k.Secret)
		if err != nil {
			t.Fatal(err)
		}
		spec := object{"id": k.ID, "secret": k.Secret}
		switch *k.KeysetID {
		case answer.Body.Master:
			s.master, s.specs["master"] = key, spec
		case answer.Body.Default:
			s.site, s.specs["site"] = key, spec
		}
	}
	if s.master == nil || s.site == nil {
		t.Fatal("the local operator gave no keys to seal with")
	}
	return s
}

func (s secrets) seal(t testing.TB, version codec.Version, f codec.Fields) string {
	t.Helper()
	token, err := codec.AppendSeal(nil, version, &f, s.master, s.site)
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}
