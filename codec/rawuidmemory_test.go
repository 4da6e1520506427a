package codec_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
)

// TestRawUIDSizes: any 32 or 33 bytes make a raw UID, and no other number does.
func TestRawUIDSizes(t *testing.T) {
	for size := range 70 {
		b := bytes.Repeat([]byte{0xA5}, size)
		u, err := codec.NewRawUID(b)
		if size == 32 || size == 33 {
			if err != nil || u.IsZero() || !bytes.Equal(u.AppendBytes(nil), b) {
				t.Errorf("%d bytes: %v", size, err)
			}
		} else if !errors.Is(err, codec.ErrRawUID) || !u.IsZero() {
			t.Errorf("%d bytes are accepted: %v", size, err)
		}
	}
}

// inMemory returns what package fmt would print of a raw UID: four words of eight bytes, and one
// with the last byte.
func inMemory(u codec.RawUID) (words []uint64) {
	v := reflect.ValueOf(u)
	for _, name := range []string{"a", "b", "c", "d"} {
		words = append(words, v.FieldByName(name).Uint())
	}
	return append(words, v.FieldByName("rest").Uint()&0xFF)
}

// TestRawUIDsAreMasked: every word has a mask of its own, which is the same for all UIDs, so that
// they can be compared.
func TestRawUIDsAreMasked(t *testing.T) {
	b := make([]byte, 33)
	masks := inMemory(mustRawUID(t, b)) // of zeros
	seen := make(map[uint64]bool)
	for _, mask := range masks[:4] {
		seen[mask] = true
	}
	if len(seen) != 4 || seen[0] {
		t.Errorf("%d different masks", len(seen))
	}
	for i := range b {
		b[i] = byte(i + 1)
	}
	for i, word := range inMemory(mustRawUID(t, b)) {
		plain := uint64(b[32])
		if i < 4 {
			plain = binary.LittleEndian.Uint64(b[8*i:])
		}
		if word != plain^masks[i] {
			t.Errorf("word %d has another mask", i)
		}
	}
	if u, again := mustRawUID(t, b), mustRawUID(t, bytes.Clone(b)); u != again || u == mustRawUID(t, b[:32]) {
		t.Error("equal UIDs differ, or different ones are equal")
	}
}

func mustRawUID(t *testing.T, b []byte) codec.RawUID {
	t.Helper()
	u, err := codec.NewRawUID(b)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

const maskedElsewhere = "CODEC_TEST_MASKED_ELSEWHERE"

// TestAnotherProcessMasksOtherwise: masks differ between processes, in all words but the last,
// whose only byte may be equal by chance.
func TestAnotherProcessMasksOtherwise(t *testing.T) {
	mine := inMemory(mustRawUID(t, make([]byte, 33)))
	if os.Getenv(maskedElsewhere) != "" {
		fmt.Println("masks:", mine)
		return
	}
	last := make(map[string]bool)
	for range 8 {
		other := exec.Command(os.Args[0], "-test.run", "^TestAnotherProcessMasksOtherwise$")
		other.Env = append(os.Environ(), maskedElsewhere+"=1")
		out, err := other.CombinedOutput()
		var theirs [5]uint64
		if _, scanned := fmt.Sscanf(string(out), "masks: [%d %d %d %d %d]", &theirs[0], &theirs[1], &theirs[2], &theirs[3], &theirs[4]); err != nil || scanned != nil {
			t.Fatalf("%v, %v\n%s", err, scanned, out)
		}
		for i, mask := range theirs[:4] {
			if mask == mine[i] {
				t.Errorf("both have the mask %d of word %d", mask, i)
			}
		}
		last[fmt.Sprint(theirs[4])] = true
	}
	if len(last) == 1 {
		t.Error("the last byte has the same mask everywhere")
	}
}
