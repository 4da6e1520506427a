package uid2test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"

	"github.com/uid2rtb/uid2rtb/codec"
)

// RawUID returns the raw UID of spec's user, as tokens made of the same spec contain it: spec.UID
// if given, otherwise the one derived from Email or Phone, RawUIDVersion, the scope and the seed.
// It panics if spec names no user.
func (s *Server) RawUID(spec TokenSpec) codec.RawUID {
	if u, ok := spec.user(); ok {
		return s.rawUID(u, spec.RawUIDVersion)
	}
	return spec.UID
}

// rawUID returns a user's current raw UID in a version, of which 0 means the server's.
func (s *Server) rawUID(u user, version codec.Version) codec.RawUID {
	return s.rawUIDAt(u, version, s.currentSalts())
}

func (s *Server) rawUIDAt(u user, version codec.Version, salts salts) codec.RawUID {
	if version == 0 {
		version = s.config.rawUID
	}
	switch version {
	case codec.V2:
		return salts.rawUIDv2(u)
	case codec.V3:
		return salts.rawUIDv3(s.metadata(codec.V3, u.kind), u)
	case codec.V4:
		return salts.rawUIDv4(s.metadata(codec.V4, u.kind), u)
	}
	panic("uid2test: raw UIDs have version 2, 3 or 4")
}

// metadata returns the first byte of a raw UID of 33 bytes:
//
//	bit  7 6          5        4      3 2   1 0
//	     environment  version  scope  type  0 0
func (s *Server) metadata(version codec.Version, kind codec.IdentityType) byte {
	var b byte
	if version == codec.V4 {
		b |= byte(s.config.environment-codec.EnvironmentTest)<<6 | 1<<5
	}
	if s.config.scope == codec.ScopeEUID {
		b |= 1 << 4
	}
	if kind == codec.TypePhone {
		b |= 1 << 2
	}
	return b
}

// firstHash is SHA-256( base64(SHA-256(DII)) || first-level salt ).
func (s *salts) firstHash(u user) [sha256.Size]byte {
	return saltedHash([]byte(u.hash), s.firstLevel)
}

func saltedHash(hash []byte, salt string) [sha256.Size]byte {
	return sha256.Sum256([]byte(base64.StdEncoding.EncodeToString(hash) + salt))
}

// secondHash is SHA-256( base64(first hash) || rotating salt ).
func (s *salts) secondHash(u user) [sha256.Size]byte {
	first := s.firstHash(u)
	return saltedHash(first[:], s.rotating)
}

// rawUIDv2 is the second hash.
func (s *salts) rawUIDv2(u user) codec.RawUID {
	hash := s.secondHash(u)
	return mustRawUID(hash[:])
}

// rawUIDv3 is the metadata byte followed by the second hash.
func (s *salts) rawUIDv3(metadata byte, u user) codec.RawUID {
	hash := s.secondHash(u)
	return mustRawUID(append([]byte{metadata}, hash[:]...))
}

// rawUIDv4 encrypts half of the first hash, so that holders of the key can recover it:
//
//	metadata || u24 key id || IV(12) || AES-256-CTR( last 16 bytes of the first hash )
//	   || XOR of all bytes before
//	IV = first 12 bytes of SHA-256( rotating salt || these 16 bytes || metadata || key id )
//
// The counter block is the IV and four zero bytes.
func (s *salts) rawUIDv4(metadata byte, u user) codec.RawUID {
	hash := s.firstHash(u)
	tail := hash[16:]
	head := []byte{metadata, byte(s.keyID >> 16), byte(s.keyID >> 8), byte(s.keyID)}
	iv := sha256.Sum256([]byte(s.rotating + string(tail) + string(head)))

	block, err := aes.NewCipher(s.key[:])
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	var counter [aes.BlockSize]byte
	copy(counter[:12], iv[:])
	cipher.NewCTR(block, counter[:]).XORKeyStream(tail, tail)

	uid := append(append(head, iv[:12]...), tail...)
	var checksum byte
	for _, b := range uid {
		checksum ^= b
	}
	return mustRawUID(append(uid, checksum))
}

func mustRawUID(b []byte) codec.RawUID {
	uid, err := codec.NewRawUID(b)
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	return uid
}
