package codec

import (
	"bytes"
	"testing"

	"github.com/uid2rtb/uid2rtb/fixtures"
)

// TestWipe looks at the memory of tokens, which nobody outside of the package sees.
func TestWipe(t *testing.T) {
	var keys []*Key
	for _, v := range fixtures.KeyVectors() {
		key, err := NewKey(v.ID, v.Secret)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	all := NewKeyTable(keys)
	var none Token
	none.Wipe()
	if none != (Token{}) {
		t.Error("a token that wasn't used isn't the zero value")
	}
	for _, v := range fixtures.TokenVectors() {
		var token Token
		if Parse(&token, v.Text) != Success || token.Open(all) != Success {
			t.Fatalf("%s doesn't open", v.ID)
		}
		plain := token.UID.AppendBytes(nil)
		if token.Version == V2 {
			plain = []byte(v.UID)
		}
		memory := token.workspace()
		if !bytes.Contains(memory[:], plain) {
			t.Fatalf("%s: the memory is elsewhere", v.ID)
		}
		token.Wipe()
		if !bytes.Equal(memory[:], make([]byte, len(memory))) {
			t.Errorf("%s: something is left in memory", v.ID)
		}
		if token.pointer = nil; token != (Token{}) {
			t.Errorf("%s: fields are left", v.ID)
		}
	}
}
