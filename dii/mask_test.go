package dii_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/dii"
)

// TestTextsComeOutAsTheyWentIn: texts of every length around the block size of the mask survive
// masking, and two identities of one text are equal.
func TestTextsComeOutAsTheyWentIn(t *testing.T) {
	seen := make(map[dii.Identity]string)
	for length := range 150 {
		text := strings.Repeat("u", 1+length) + "@example.com"
		first, err := dii.Email(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := dii.Email(strings.Clone(text))
		if err != nil || again != first || first.RevealText() != text || again.RevealHash() != first.RevealHash() {
			t.Errorf("%d characters: equal %t, %q, %v", len(text), again == first, first.RevealText(), err)
		}
		seen[first] = text
	}
	for id, text := range seen {
		if id.RevealText() != text {
			t.Errorf("a map has %q for %q", text, id.RevealText())
		}
	}
	if len(seen) != 150 {
		t.Errorf("%d identities", len(seen))
	}
}

// inMemory returns what package fmt would print of an identity's text and hash.
func inMemory(id dii.Identity) (text string, hash []byte) {
	v := reflect.ValueOf(id)
	for i := range v.FieldByName("hash").Len() {
		hash = append(hash, byte(v.FieldByName("hash").Index(i).Uint()))
	}
	return v.FieldByName("text").String(), hash
}

func emailOf(t *testing.T, text string) dii.Identity {
	t.Helper()
	id, err := dii.Email(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestEveryCharacterIsMasked, each with a mask of its own: at different places of one text, and in
// different texts.
func TestEveryCharacterIsMasked(t *testing.T) {
	const texts, length = 64, 96
	masks := make(map[string]bool)
	plain := make([]int, length)
	for i := range texts {
		text := strings.Repeat("u", length-20-1-len("@example.com")) + fmt.Sprintf("%020d+", i) + "@example.com"
		inside, _ := inMemory(emailOf(t, text))
		var mask [length]byte
		for at := range mask {
			if mask[at] = inside[at] ^ text[at]; mask[at] == 0 {
				plain[at]++
			}
		}
		for _, part := range [][]byte{mask[:32], mask[32:64], mask[64:]} {
			masks[string(part)] = true
		}
	}
	for at, n := range plain {
		if n == texts {
			t.Errorf("character %d is never masked", at)
		}
	}
	if len(masks) != 3*texts {
		t.Errorf("%d different masks, want %d", len(masks), 3*texts)
	}
}

const maskedElsewhere = "DII_TEST_MASKED_ELSEWHERE"

// TestAnotherProcessMasksOtherwise: the log of one process is useless with the memory of another.
func TestAnotherProcessMasksOtherwise(t *testing.T) {
	text, hash := inMemory(emailOf(t, "user@example.com"))
	if os.Getenv(maskedElsewhere) != "" {
		fmt.Printf("masked: %x %x\n", text, hash)
		return
	}
	other := exec.Command(os.Args[0], "-test.run", "^TestAnotherProcessMasksOtherwise$")
	other.Env = append(os.Environ(), maskedElsewhere+"=1")
	out, err := other.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("masked: ")) {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, mine := range []string{fmt.Sprintf("%x", text), fmt.Sprintf("%x", hash)} {
		if bytes.Contains(out, []byte(mine)) {
			t.Errorf("both have %s", mine)
		}
	}
}
