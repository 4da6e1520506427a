package redact_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/redact"
)

// FuzzRedact states that a raw UID is found wherever it stands and however it is escaped, that none is left by the
// plain twin's or the decoders' judgement, that JSON stays JSON, and that text without a raw UID is not touched.
func FuzzRedact(f *testing.F) {
	raws := manyRaws(3)
	set := redact.New(raws)
	for i := range encoders {
		f.Add([]byte(`{"a":"`), []byte(`"}`), uint16(i))
	}
	f.Add([]byte(raws[0][:20]), []byte(raws[0][20:]), uint16(0))
	f.Add([]byte(`\\\\u00`), []byte(`%25252`), uint16(9))
	f.Add([]byte(`"\`), []byte(`"`), uint16(3))
	f.Fuzz(func(t *testing.T, before, after []byte, which uint16) {
		encoded := raws[int(which)%len(raws)]
		for n := int(which) % (len(encoders) * len(encoders)); n > 0; n /= len(encoders) {
			encoded = encoders[n%len(encoders)].encode(encoded)
		}
		text := append(append(bytes.Clone(before), encoded...), after...)
		for _, text := range [][]byte{text, marshal(string(text)), append(append([]byte(`{"a":"`), text...), `"}`...)} {
			clean, found := set.Bytes(text)
			if found == 0 {
				t.Fatalf("not found in %q", text)
			}
			if twin(string(clean), raws) || decodesTo(string(clean), raws, 3) {
				t.Fatalf("survived in %q, which is left of %q", clean, text)
			}
			if json.Valid(text) && !json.Valid(clean) {
				t.Fatalf("%q was JSON; %q isn't", text, clean)
			}
		}
		without := append(bytes.Clone(before), after...)
		if clean, found := set.Bytes(without); found == 0 && (!bytes.Equal(clean, without) || twin(string(without), raws) || decodesTo(string(without), raws, 3)) {
			t.Fatalf("%q became %q", without, clean)
		}
	})
}
