package optout_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/uid2rtb/uid2rtb/optout"
)

// TestVerifyOld: what is wrong with an old log is reported by the numbers of its entries, and a
// repair keeps the rest, including the quarantine and what is only in unused pages.
func TestVerifyOld(t *testing.T) {
	bucket := func(tx *bbolt.Tx) *bbolt.Bucket { return tx.Bucket([]byte("entries")) }
	number := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	gone := func(numbers ...uint64) func(*[]byte) { // anywhere in the file
		return func(b *[]byte) {
			for _, n := range numbers {
				*b = bytes.ReplaceAll(*b, append(number(n), number(1000*n)...), append(number(0), number(1000*n)...))
			}
		}
	}
	for name, c := range map[string]struct {
		mend    func(tx *bbolt.Tx) error
		raw     func(*[]byte)
		lost    string
		entries uint64
		values  uint64
		says    string
	}{
		"nothing":                           {nil, gone(), "[]", 200, 1, ""},
		"one gone":                          {nil, gone(70), "[70]", 199, 1, "entry 70 is missing"},
		"the first gone":                    {nil, gone(1), "[1]", 199, 1, "entry 1 is missing"},
		"the last gone":                     {nil, gone(200), "[200]", 199, 1, "entry 200 is missing"},
		"some gone":                         {nil, gone(70, 71, 90), "[70-71 90]", 197, 1, "entry 70 is missing"},
		"one missing":                       {func(tx *bbolt.Tx) error { return bucket(tx).Delete(number(70)) }, gone(), "[]", 200, 1, "entry 70 is missing"},
		"the last":                          {func(tx *bbolt.Tx) error { return bucket(tx).Delete(number(200)) }, gone(), "[]", 200, 1, "it ends with entry 199, but should have 200"},
		"a short one":                       {func(tx *bbolt.Tx) error { return bucket(tx).Put(number(70), make([]byte, 16+31)) }, gone(), "[]", 200, 1, "entry 70: "},
		"a short one, and the old one gone": {func(tx *bbolt.Tx) error { return bucket(tx).Put(number(70), make([]byte, 10)) }, gone(70), "[70]", 199, 1, "entry 70: "},
		"a value": {func(tx *bbolt.Tx) error { return tx.Bucket([]byte("quarantine")).Put(number(1), make([]byte, 7)) }, gone(), "[]", 200, 0,
			"quarantined value 1: "},
	} {
		file := path(t)
		writeOld(t, file, 200, c.mend)
		content := read(t, file)
		c.raw(&content)
		state{"": content}.write(t, file)
		v, err := optout.Verify(context.Background(), file)
		if err != nil || fmt.Sprint(v.Lost) != c.lost || v.Entries != c.entries || v.Quarantined != c.values || !v.OldFormat || v.Intact() != (c.says == "") {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		if c.says != "" && (len(v.Problems) != 1 || !strings.Contains(v.Problems[0], c.says)) {
			t.Errorf("%s: %q", name, v.Problems)
		}
		r, err := optout.Repair(context.Background(), file, optout.RepairOptions{AcceptLoss: true})
		if c.says == "" != errors.Is(err, optout.ErrWhole) || c.says != "" && err != nil || r.Kept != c.entries || fmt.Sprint(r.Lost) != c.lost {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		s := open(t, file)
		if users := s.Stats().Users; users != int(c.entries) {
			t.Errorf("%s: %d users", name, users)
		}
		if values, err := quarantined(t, s, file); values != int(c.values) || err != nil {
			t.Errorf("%s: %d values, %v", name, values, err)
		}
		log := openFile(t, file)
		if err := log.Quarantined(context.Background(), func(receivedMs int64, what []byte) error {
			if receivedMs != 7 || string(what) != "junk" {
				t.Errorf("%s: %q at %d", name, what, receivedMs)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		log.Close()
	}
}
