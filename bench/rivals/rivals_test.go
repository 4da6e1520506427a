package rivals_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/bench/rivals"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

// secretsOf are the world's keys as the rivals want them.
func secretsOf(w *world.World) rivals.Naive {
	secrets := make(rivals.Naive)
	for i, secret := range w.Secrets {
		secrets[uint32(i+1)] = secret
	}
	return secrets
}

// TestDecrypt: every rival finds the raw UID that the module finds.
func TestDecrypt(t *testing.T) {
	w, err := world.New(50)
	if err != nil {
		t.Fatal(err)
	}
	naive := secretsOf(w)
	for _, v := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		for _, other := range []bool{false, true} {
			if err := w.Seal(v, other); err != nil {
				t.Fatal(err)
			}
			for _, token := range w.Tokens[:300] {
				var verdict bidstream.Verdict
				w.Decrypter.Decrypt(&verdict, token.Text, world.Query)
				uid, _ := verdict.RawUID()
				for _, keys := range []rivals.Ciphers{naive, rivals.NewCached(naive)} {
					if got, ok := rivals.Decrypt(keys, string(token.Text), world.NowMs); !ok || got.RawUID != uid.Reveal() || got.ExpiresMs != verdict.ExpiresMs {
						t.Fatalf("version %d, %T: %v", v, keys, ok)
					}
					if _, ok := rivals.Decrypt(keys, string(token.Text), verdict.ExpiresMs+1); ok {
						t.Fatalf("version %d, %T: it takes an expired token", v, keys)
					}
					if _, ok := rivals.Decrypt(keys, string(token.Text[:100]), world.NowMs); ok {
						t.Fatalf("version %d, %T: it takes half a token", v, keys)
					}
				}
			}
		}
	}
}

// TestBid: every rival makes the request that the module makes, as JSON, but for what the module also says of a token.
func TestBid(t *testing.T) {
	w, err := world.New(50)
	if err != nil {
		t.Fatal(err)
	}
	keys := rivals.NewCached(secretsOf(w))
	if err := w.Seal(codec.V4, false); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		request := world.RequestOf(3600, 1+i%5, string(w.Tokens[i].Text))
		want, err := w.Bid(nil, request)
		if err != nil {
			t.Fatal(err)
		}
		for name, bid := range map[string]func(rivals.Ciphers, []byte, int64) ([]byte, error){
			"typed": rivals.Typed, "jsonparser": rivals.JSONParser, "gjson": rivals.GJSON,
		} {
			got, err := bid(keys, request, world.NowMs)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !reflect.DeepEqual(value(t, got, name == "typed"), essentials(value(t, want, name == "typed"))) {
				t.Fatalf("%s: %s\nwant %s", name, got, want)
			}
		}
	}
}

// value is a request as JSON. What went through types has lost members with their default values.
func value(t *testing.T, text []byte, userOnly bool) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if userOnly {
		return v.(map[string]any)["user"]
	}
	return v
}

// essentials leaves out of annotations what the rivals don't write.
func essentials(v any) any {
	switch v := v.(type) {
	case []any:
		for _, member := range v {
			essentials(member)
		}
	case map[string]any:
		for name, member := range v {
			if annotation, ok := member.(map[string]any); ok && name == "uid2" {
				for _, more := range []string{"type", "version", "established", "expires", "site_id"} {
					delete(annotation, more)
				}
			}
			essentials(member)
		}
	}
	return v
}
