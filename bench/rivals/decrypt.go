package rivals

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// Result is what a token says.
type Result struct {
	RawUID    string // base64
	ExpiresMs int64
}

// Ciphers has the ciphers of keys by their ids.
type Ciphers interface {
	block(id uint32) (cipher.Block, bool)
	gcm(id uint32) (cipher.AEAD, bool)
}

// Naive has the secrets of keys, and prepares a cipher for each use, as the official SDKs do.
type Naive map[uint32][]byte

func (n Naive) block(id uint32) (cipher.Block, bool) {
	secret, found := n[id]
	if !found {
		return nil, false
	}
	block, err := aes.NewCipher(secret)
	return block, err == nil
}

func (n Naive) gcm(id uint32) (cipher.AEAD, bool) {
	block, found := n.block(id)
	if !found {
		return nil, false
	}
	gcm, err := cipher.NewGCM(block)
	return gcm, err == nil
}

// Cached has ciphers that are prepared.
type Cached struct {
	blocks map[uint32]cipher.Block
	gcms   map[uint32]cipher.AEAD
}

// NewCached prepares the ciphers of keys.
func NewCached(secrets Naive) Cached {
	c := Cached{make(map[uint32]cipher.Block), make(map[uint32]cipher.AEAD)}
	for id := range secrets {
		c.blocks[id], _ = secrets.block(id)
		c.gcms[id], _ = secrets.gcm(id)
	}
	return c
}

func (c Cached) block(id uint32) (cipher.Block, bool) { b, found := c.blocks[id]; return b, found }
func (c Cached) gcm(id uint32) (cipher.AEAD, bool)    { g, found := c.gcms[id]; return g, found }

// Decrypt decrypts a token of any version. It returns false if the token isn't one, can't be opened or has expired.
func Decrypt(keys Ciphers, token string, nowMs int64) (r Result, ok bool) {
	b, err := decode(token)
	if err != nil || len(b) < 6 {
		return r, false
	}
	if b[0] == 2 {
		r, ok = decryptV2(keys, b)
	} else if b[1] == 0x70 || b[1] == 0x80 {
		r, ok = decryptV4(keys, b)
	}
	if !ok || r.ExpiresMs < nowMs {
		return Result{}, false
	}
	return r, true
}

func decode(token string) ([]byte, error) {
	token = strings.TrimRight(token, "=")
	if strings.ContainsAny(token, "-_") {
		return base64.RawURLEncoding.DecodeString(token)
	}
	return base64.RawStdEncoding.DecodeString(token)
}

func decryptV4(keys Ciphers, b []byte) (r Result, ok bool) {
	if len(b) < 18 {
		return r, false
	}
	master, found := keys.gcm(binary.BigEndian.Uint32(b[2:]))
	if !found {
		return r, false
	}
	outer, err := master.Open(nil, b[6:18], b[18:], nil)
	if err != nil || len(outer) < 45 {
		return r, false
	}
	site, found := keys.gcm(binary.BigEndian.Uint32(outer[29:]))
	if !found {
		return r, false
	}
	inner, err := site.Open(nil, outer[33:45], outer[45:], nil)
	if err != nil || len(inner) < 36 {
		return r, false
	}
	return Result{base64.StdEncoding.EncodeToString(inner[36:]), int64(binary.BigEndian.Uint64(outer))}, true
}

func decryptV2(keys Ciphers, b []byte) (r Result, ok bool) {
	if len(b) < 21 {
		return r, false
	}
	outer, ok := openCBC(keys, binary.BigEndian.Uint32(b[1:]), b[5:21], b[21:])
	if !ok || len(outer) < 28 {
		return r, false
	}
	inner, ok := openCBC(keys, binary.BigEndian.Uint32(outer[8:]), outer[12:28], outer[28:])
	if !ok || len(inner) < 8 {
		return r, false
	}
	length := int(binary.BigEndian.Uint32(inner[4:]))
	if length < 0 || len(inner) < 8+length {
		return r, false
	}
	return Result{string(inner[8 : 8+length]), int64(binary.BigEndian.Uint64(outer))}, true
}

func openCBC(keys Ciphers, id uint32, iv, sealed []byte) ([]byte, bool) {
	block, found := keys.block(id)
	if !found || len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, false
	}
	opened := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(opened, sealed)
	padding := int(opened[len(opened)-1])
	if padding == 0 || padding > aes.BlockSize {
		return nil, false
	}
	return opened[:len(opened)-padding], true
}
