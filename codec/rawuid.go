package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// ErrRawUID says that something isn't a raw UID. It never tells what it was.
var ErrRawUID = errors.New("codec: not a raw UID")

// RawUID is a raw UID2 or EUID: what a token hides, and what a bidder knows a user by. It is personal data, so it prints,
// marshals and logs as "[raw UID]"; only Reveal, AppendReveal and AppendBytes give it away. Package fmt has two
// gaps that a type can't close: it asks no unexported field for its methods, so a struct that hides a RawUID needs its own
// Format; and verbs that don't fit, %p and %w, ask no type, which go vet reports.
//
// RawUIDs are comparable with ==, may be map keys, and hold no pointer. The zero value is no UID.
//
//	version 2: 32 bytes, SHA-256, without any metadata
//	version 3: metadata, 32 bytes SHA-256
//	version 4: metadata, u24 key id, 12 bytes IV, 16 bytes encrypted hash, u8 XOR of all bytes before
//
//	metadata: bits 7-6 environment (version 4), 5 version (1 is 4), 4 scope (1 is EUID), 3-2 type, 1-0 zero
type RawUID struct {
	first [minRawUID]byte
	rest  uint64 // the 33rd byte, 0 if there is none, and the size times 256: a word, so that copies of a UID needn't wait for their parts
}

const (
	minRawUID     = 32
	maxRawUID     = 33
	rawUIDText    = 44 // the length of either size in padded base64
	redactedUID   = "[raw UID]"
	envBits       = 0xC0
	versionBit    = 0x20
	reservedBits  = 0x03
	envShift      = 6
	metadataIndex = 0
)

// ParseRawUID reads a raw UID from base64 in either alphabet, padded or not. It wants 32 bytes, or 33 with the reserved
// bits clear and, in version 4, the right checksum. Any failure is [ErrRawUID]. It doesn't allocate.
func ParseRawUID[T ~string | ~[]byte](text T) (RawUID, error) {
	uid, err := DecodeRawUID(text)
	if err != nil {
		return RawUID{}, err
	}
	if !uid.Valid() {
		return RawUID{}, ErrRawUID
	}
	return uid, nil
}

// DecodeRawUID is [ParseRawUID] without a look at what the 32 or 33 bytes say. Opt-outs need it: they are announced with
// the environment bits cleared, and so with a checksum that is off.
func DecodeRawUID[T ~string | ~[]byte](text T) (RawUID, error) {
	var buf [rawUIDText/4*3 + decodeSlack]byte
	n, ok := decode(buf[:], text)
	if !ok {
		return RawUID{}, ErrRawUID
	}
	return NewRawUID(buf[:n])
}

// NewRawUID makes a raw UID of a copy of its 32 or 33 bytes, whatever they say. Other lengths are [ErrRawUID]. It doesn't
// allocate.
func NewRawUID(b []byte) (RawUID, error) {
	if len(b) < minRawUID || len(b) > maxRawUID {
		return RawUID{}, ErrRawUID
	}
	rest := uint64(len(b)) << 8
	if len(b) > minRawUID {
		rest |= uint64(b[minRawUID])
	}
	return RawUID{[minRawUID]byte(b), rest}, nil
}

// IsZero reports whether u is no UID at all.
func (u RawUID) IsZero() bool { return u.rest == 0 }

// size is 32, 33, or 0 of the zero value.
func (u RawUID) size() int { return int(u.rest >> 8) }

// hasMetadata reports whether the first byte is metadata.
func (u RawUID) hasMetadata() bool { return u.size() == maxRawUID }

func (u RawUID) metadata() byte { return u.first[metadataIndex] }

// Version returns the version of the raw UID, 0 for the zero value. It isn't the version of the token that held it.
func (u RawUID) Version() Version {
	switch {
	case u.IsZero():
		return 0
	case !u.hasMetadata():
		return V2
	case u.metadata()&versionBit == 0:
		return V3
	}
	return V4
}

// Scope returns the identity system that the raw UID belongs to, 0 for version 2, which doesn't tell.
func (u RawUID) Scope() Scope {
	if !u.hasMetadata() {
		return 0
	}
	return scopeOf(u.metadata())
}

// Type returns what the raw UID was made of, TypeUnknown for version 2, which doesn't tell.
func (u RawUID) Type() IdentityType {
	if !u.hasMetadata() {
		return TypeUnknown
	}
	return typeOf(u.metadata())
}

// Environment returns the environment that the raw UID was made in, 0 where it doesn't tell: before version 4, and in
// the canonical form.
func (u RawUID) Environment() Environment {
	if u.Version() != V4 {
		return EnvironmentUnknown
	}
	return Environment(u.metadata()>>envShift) + EnvironmentTest
}

// Valid reports whether the bytes are right as far as one can see: always in version 2; with the reserved bits clear in
// version 3; with the checksum as well in version 4. Tokens are opened whatever Valid says of their raw UID.
func (u RawUID) Valid() bool {
	switch u.Version() {
	case V2:
		return true
	case V3:
		return u.metadata()&(envBits|reservedBits) == 0
	case V4:
		return u.metadata()&reservedBits == 0 && u.checksum() == 0
	}
	return false
}

// checksum is the XOR of all bytes, 0 for an intact UID of version 4.
func (u RawUID) checksum() (x byte) {
	for _, b := range u.first {
		x ^= b
	}
	return x ^ byte(u.rest)
}

// Canonical returns the form under which opt-outs are kept and found: of version 4 with the environment bits cleared, as
// opt-outs are announced, of other versions u itself. The canonical form of a production UID isn't [RawUID.Valid].
func (u RawUID) Canonical() RawUID {
	if u.Version() == V4 {
		u.first[metadataIndex] &^= envBits
	}
	return u
}

// Reveal returns the raw UID as it is sent to others: in standard base64 with padding, 44 characters. The zero value
// gives "".
func (u RawUID) Reveal() string {
	var text [rawUIDText]byte
	return string(u.AppendReveal(text[:0]))
}

// AppendReveal appends what Reveal returns to dst. It allocates only if dst is short of 44 bytes.
func (u RawUID) AppendReveal(dst []byte) []byte {
	if u.IsZero() {
		return dst
	}
	at := len(dst)
	dst = slices.Grow(dst, rawUIDText)[:at+rawUIDText]
	text := (*[rawUIDText]byte)(dst[at:])
	a, b := binary.BigEndian.Uint64(u.first[0:]), binary.BigEndian.Uint64(u.first[8:])
	c, d := binary.BigEndian.Uint64(u.first[16:]), binary.BigEndian.Uint64(u.first[24:])
	binary.LittleEndian.PutUint64(text[0:], eightOf(a>>16))
	binary.LittleEndian.PutUint64(text[8:], eightOf(a<<32|b>>32))
	binary.LittleEndian.PutUint64(text[16:], eightOf(b<<16|c>>48))
	binary.LittleEndian.PutUint64(text[24:], eightOf(c))
	binary.LittleEndian.PutUint64(text[32:], eightOf(d>>16))
	binary.LittleEndian.PutUint32(text[40:], uint32(eightOf(d<<32|u.rest<<24&0xFF000000)))
	if !u.hasMetadata() {
		text[rawUIDText-1] = '='
	}
	return dst
}

// CanonicalWords returns the canonical form as numbers, for hashing: 32 bytes as four of them, the first byte lowest, then the last
// byte and the size. Of the zero value, they are zero. It neither changes nor keeps u.
func (u *RawUID) CanonicalWords() [5]uint64 {
	first := binary.LittleEndian.Uint64(u.first[0:])
	if u.Version() == V4 {
		first &^= envBits
	}
	return [5]uint64{first, binary.LittleEndian.Uint64(u.first[8:]), binary.LittleEndian.Uint64(u.first[16:]),
		binary.LittleEndian.Uint64(u.first[24:]), u.rest}
}

// AppendBytes appends the 32 or 33 bytes of the raw UID to dst, nothing for the zero value.
func (u RawUID) AppendBytes(dst []byte) []byte {
	if u.IsZero() {
		return dst
	}
	if dst = append(dst, u.first[:]...); u.hasMetadata() {
		dst = append(dst, byte(u.rest))
	}
	return dst
}

// String returns "[raw UID]".
func (u RawUID) String() string { return redactedUID }

// GoString returns "[raw UID]".
func (u RawUID) GoString() string { return redactedUID }

// Format writes "[raw UID]", whatever the verb.
func (u RawUID) Format(f fmt.State, _ rune) { redact(f, redactedUID) }

// MarshalText returns "[raw UID]".
func (u RawUID) MarshalText() ([]byte, error) { return []byte(redactedUID), nil }

// MarshalJSON returns "[raw UID]" as a JSON string.
func (u RawUID) MarshalJSON() ([]byte, error) { return []byte(`"` + redactedUID + `"`), nil }

// LogValue returns "[raw UID]".
func (u RawUID) LogValue() slog.Value { return slog.StringValue(redactedUID) }

// redact writes a placeholder. What fmt makes of a failing writer is fmt's business.
func redact(w io.Writer, placeholder string) { _, _ = io.WriteString(w, placeholder) }
