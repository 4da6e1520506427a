//go:build go1.25

package keyset_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uid2rtb/uid2rtb/keyset"
)

// sealed makes a cache file of format 1 from its description alone, with no code of the package.
func sealed(t *testing.T, c keyset.Cache, savedAt time.Time, iv, answer []byte) []byte {
	t.Helper()
	key, err := hkdf.Key(sha256.New, c.Secret, nil, "uid2rtb keyset cache, format 1\x00"+c.Binding, 32)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	file := binary.BigEndian.AppendUint64([]byte("uid2keys\x01"), uint64(savedAt.UnixMilli()))
	return append(append(bytes.Clone(file), iv...), aead.Seal(nil, iv, answer, file)...)
}

// TestFormat: files of earlier versions can be read, and earlier versions can read today's.
func TestFormat(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(dir)
		savedAt := time.Now().Add(-time.Hour)
		answer := keysUntil(7, time.Now().Add(10*time.Hour), "")
		if err := os.WriteFile(c.Path, sealed(t, c, savedAt, []byte("twelve bytes"), []byte(answer)), 0o600); err != nil {
			t.Fatal(err)
		}
		r := start(t, hang, keyset.WithCache(c))
		if stats := r.Stats(); held(r) != "7" || !stats.FetchedAt.Equal(savedAt) || !stats.FromCache {
			t.Errorf("%v, %+v", r, stats)
		}
		fill(t, c, answer)
		file, err := os.ReadFile(c.Path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(file, sealed(t, c, time.Now(), file[17:29], []byte(answer))) {
			t.Errorf("another format: %q", file)
		}
	})
}

// TestNoTwoAlike: an IV is never reused, as that would break GCM.
func TestNoTwoAlike(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := cacheIn(dir)
		seen := map[string]bool{string(make([]byte, 12)): true}
		for range 10 {
			fill(t, c, keysUntil(7, time.Now().Add(10*time.Hour), ""))
			file, err := os.ReadFile(c.Path)
			if err != nil {
				t.Fatal(err)
			}
			if iv := string(file[17:29]); seen[iv] {
				t.Fatalf("IV %x again", iv)
			} else {
				seen[iv] = true
			}
		}
	})
}
