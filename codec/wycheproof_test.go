package codec

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// wycheproof is a vector of Project Wycheproof. Its files in testdata/wycheproof say which they are.
type wycheproof struct {
	ID                    int `json:"tcId"`
	Comment               string
	Key, IV, Msg, Ct, Tag hexBytes
	Result                string
}

type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

// eachVector calls check with each of n vectors, for each way of opening.
func eachVector(t *testing.T, name string, n int, check func(*testing.T, wycheproof)) {
	t.Helper()
	text, err := os.ReadFile("testdata/wycheproof/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Tests []wycheproof }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Tests) != n {
		t.Fatalf("%d vectors, want %d", len(file.Tests), n)
	}
	t.Log("by", paths())
	onEachPath(func() {
		for _, v := range file.Tests {
			check(t, v)
		}
	})
}

// manyBlocks is more blocks than there is code for at once.
const manyBlocks = 14

// TestWycheproofGCM opens the vectors for AES-GCM. Few have the size of a layer: so the text of each
// is also lengthened to every number of blocks, where the tag gets the fault that it has in the
// vector.
func TestWycheproofGCM(t *testing.T) {
	eachVector(t, "aes_gcm.json", 39, checkGCMVector)
}

func checkGCMVector(t *testing.T, v wycheproof) {
	t.Helper()
	c, err := newCiphers(v.Key)
	if err != nil {
		t.Fatal(err)
	}
	valid := v.Result == "valid"
	plain, ok := c.openGCM(v.IV, append(bytes.Clone(v.Ct), v.Tag...))
	if ok != valid || ok && !bytes.Equal(plain, v.Msg) {
		t.Errorf("vector %d, %s: %v, want %s", v.ID, v.Comment, ok, v.Result)
	}

	gcm := c.standard().gcm
	fault := gcm.Seal(nil, v.IV, v.Msg, nil)[len(v.Msg):] // the right tag, and so what is wrong with it
	subtle.XORBytes(fault, fault, v.Tag)
	for size := len(v.Msg); size <= manyBlocks*blockSize; size++ {
		long := append(bytes.Clone(v.Msg), make([]byte, size-len(v.Msg))...)
		sealed := gcm.Seal(nil, v.IV, long, nil)
		if valid && !bytes.HasPrefix(sealed, v.Ct) {
			t.Fatalf("vector %d, %d bytes: another key stream", v.ID, size)
		}
		subtle.XORBytes(sealed[size:], sealed[size:], fault)
		if plain, ok := c.openGCM(v.IV, sealed); ok != valid || ok && !bytes.Equal(plain, long) {
			t.Errorf("vector %d, %s, %d bytes: %v, want %s", v.ID, v.Comment, size, ok, v.Result)
		}
	}
}

// TestWycheproofCBC opens the vectors for AES-CBC with PKCS#7 padding as legacy data. Few have the
// size of a layer: so each is also the end of every number of blocks.
func TestWycheproofCBC(t *testing.T) {
	eachVector(t, "aes_cbc_pkcs5.json", 61, checkCBCVector)
}

func checkCBCVector(t *testing.T, v wycheproof) {
	t.Helper()
	const id = 1
	key, err := NewKey(id, v.Key)
	if err != nil {
		t.Fatal(err)
	}
	keys := NewKeyTable([]*Key{key})
	for before := 0; before <= manyBlocks*blockSize; before += blockSize {
		data, want := v.Ct, v.Msg
		iv := v.IV
		if before > 0 { // the vector's own IV is the block that it is chained to
			iv = make([]byte, blockSize)
			data = append(make([]byte, before-blockSize, before+len(v.Ct)), v.IV...)
			want = bytes.Clone(data)
			key.ciphers().standard().decryptCBC(iv, want)
			data, want = append(data, v.Ct...), append(want, v.Msg...)
		}
		got, status := OpenData(legacyData(id, iv, data), ScopeUID2, keys)
		valid := status == Success
		if valid != (v.Result == "valid") || valid && !bytes.Equal(got.Bytes, want) {
			t.Errorf("vector %d, %s, behind %d bytes: %v, want %s", v.ID, v.Comment, before, status, v.Result)
		}
	}
}

// legacyData returns the text of legacy data of version 2, as drawn in data.go.
func legacyData(key uint32, iv, ciphertext []byte) string {
	b := make([]byte, dataIVAtV2)
	b[0], b[1] = dataFirstV2, dataSecondV2
	binary.BigEndian.PutUint32(b[dataKeyAtV2:], key)
	return base64.StdEncoding.EncodeToString(append(append(b, iv...), ciphertext...))
}
