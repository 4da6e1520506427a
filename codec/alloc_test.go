//go:build !race

package codec_test

import (
	"encoding/base64"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

func TestAllocations(t *testing.T) {
	all := table(t)
	tk := new(codec.Token)
	none := func(name string, f func()) {
		t.Helper()
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	for _, v := range fixtures.TokenVectors() {
		text := []byte(v.Text)
		none(v.ID+" from a string", func() { codec.Parse(tk, v.Text); tk.Open(all) })
		none(v.ID+" from bytes", func() { codec.Parse(tk, text); tk.Open(all) })
		none(v.ID+" damaged", func() { codec.Parse(tk, v.Text[1:]); tk.Open(all) })
		forged := []byte(v.Text)
		forged[100] ^= 1
		none(v.ID+" forged", func() { codec.Parse(tk, forged); tk.Open(all) })
		none(v.ID+" without keys", func() { codec.Parse(tk, v.Text); tk.Open(nil) })
	}
	opened, text := make([]codec.Opening, 2), fixtures.Token("G3").Text
	none("two together", func() {
		codec.Parse(tk, text)
		opened[0].Begin(tk, all)
		opened[1].Begin(tk, nil)
		codec.OpenAll(opened)
		tk.Wipe()
	})
	dst := make([]byte, 0, 64)
	for _, v := range fixtures.RawUIDVectors() {
		text := []byte(v.UID)
		none("raw UID", func() {
			u, _ := codec.ParseRawUID(text)
			dst = u.Canonical().AppendReveal(dst[:0])
			dst = u.AppendBytes(dst[:0])
		})
		none("damaged raw UID", func() { codec.ParseRawUID(v.UID[1:]) })
	}
	status := codec.ExpiredToken
	none("status", func() { _ = status.String() })
}

// TestOversizedTokensDoNotAllocate opens a token of 300 bytes with each of many unused keys, as a
// key keeps the ciphers that were set up for it.
func TestOversizedTokensDoNotAllocate(t *testing.T) {
	const runs = 100
	var fresh []*codec.Key
	var texts []string
	for id := range uint32(runs + 1) { // one to warm up
		key, err := codec.NewKey(id, make([]byte, codec.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		token := make([]byte, 300)
		token[0], token[1] = 3, 128
		putKeyID(token[2:], id)
		fresh, texts = append(fresh, key), append(texts, base64.RawURLEncoding.EncodeToString(token))
	}
	all, tk := codec.NewKeyTable(fresh), new(codec.Token)
	n := testing.AllocsPerRun(runs, func() {
		if got := open(tk, texts[0], all); got != codec.InvalidPayload {
			t.Errorf("key %d: %v", tk.MasterKeyID, got)
		}
		texts = texts[1:]
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
