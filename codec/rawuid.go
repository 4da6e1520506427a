package codec

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/bits"
	"slices"
)

// ErrRawUID is returned for anything that isn't a raw UID. It never contains the value.
var ErrRawUID = errors.New("codec: not a raw UID")

// RawUID is a raw UID2 or EUID: what a token encrypts, and the identifier under which a bidder
// knows a user. It is personal data, so it prints, marshals and logs as "[raw UID]"; only Reveal,
// AppendReveal, AppendBytes and CanonicalWords return it. Package fmt doesn't call the methods of
// values in unexported fields, nor of any value for %p and %w: it prints their memory instead. What
// it prints is the UID XORed with a random mask of this process, which keeps the UID out of a log,
// but not from somebody who knows one of the UIDs that were logged this way.
//
// RawUIDs can be compared with ==, may be map keys, and hold no pointers. The zero value is no UID.
// Their memory means nothing to another process: store and send them as bytes or text.
//
//	version 2: 32 bytes, SHA-256, without any metadata
//	version 3: metadata, 32 bytes SHA-256
//	version 4: metadata, u24 key id, 12 bytes IV, 16 bytes encrypted hash, u8 XOR of the others
//
//	metadata: bits 7-6 environment (version 4), 5 version (1 is 4), 4 scope (1 is EUID),
//	          3-2 type, 1-0 zero
type RawUID struct {
	// Masked words, of which the first byte is the lowest. An array of them would be passed and
	// copied in memory, two at a time: the processor stalls where it reads two together that were
	// written one by one, or the other way round. Fields are passed in registers.
	a, b, c, d uint64
	rest       uint64 // bits 0-7: the 33rd byte or 0, masked; from bit 8: the size
}

const (
	minRawUID    = 32
	maxRawUID    = 33
	wordSize     = 8
	rawUIDText   = 44 // the length of either size in padded base64
	redactedUID  = "[raw UID]"
	envBits      = 0xC0
	versionBit   = 0x20
	reservedBits = 0x03
	envShift     = 6
)

// ParseRawUID reads a raw UID from base64 text in either alphabet, padded or not. The text must
// encode 32 bytes, or 33 with the reserved bits clear and, in version 4, the right checksum. The
// only error is [ErrRawUID]. It doesn't allocate.
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

// DecodeRawUID is like [ParseRawUID], but doesn't check what the 32 or 33 bytes say. Opt-outs need
// it: they are announced with the environment bits cleared, so their checksum is wrong.
func DecodeRawUID[T ~string | ~[]byte](text T) (RawUID, error) {
	var buf rawUIDBuffer
	b, ok := decodeRawUID(&buf, text)
	if !ok {
		return RawUID{}, ErrRawUID
	}
	var uid RawUID
	uid.set(b)
	return uid, nil
}

// rawUIDBuffer is a decoding buffer for the bytes of a raw UID.
type rawUIDBuffer [rawUIDText/4*3 + decodeSlack]byte

// decodeRawUID returns the bytes of a raw UID, in buf.
func decodeRawUID[T ~string | ~[]byte](buf *rawUIDBuffer, text T) (b []byte, ok bool) {
	n, ok := decode(buf[:], text)
	return buf[:n], ok && isRawUIDSize(n)
}

func isRawUIDSize(n int) bool { return n >= minRawUID && n <= maxRawUID }

// NewRawUID returns the raw UID with these 32 or 33 bytes, which it copies and doesn't check. Other
// lengths are [ErrRawUID]. It doesn't allocate.
func NewRawUID(b []byte) (RawUID, error) {
	if !isRawUIDSize(len(b)) {
		return RawUID{}, ErrRawUID
	}
	var uid RawUID
	uid.set(b)
	return uid, nil
}

// set makes u the raw UID of these 32 or 33 bytes.
func (u *RawUID) set(b []byte) {
	rest := uint64(len(b)) << 8
	if len(b) > minRawUID {
		rest |= uint64(b[minRawUID])
	}
	first := (*[minRawUID]byte)(b)
	u.a = binary.LittleEndian.Uint64(first[0:]) ^ mask[0]
	u.b = binary.LittleEndian.Uint64(first[8:]) ^ mask[1]
	u.c = binary.LittleEndian.Uint64(first[16:]) ^ mask[2]
	u.d = binary.LittleEndian.Uint64(first[24:]) ^ mask[3]
	u.rest = rest ^ mask[4]
}

// mask is what the words of raw UIDs are XORed with in memory. Of the last word only the lowest
// byte is masked, so that the size, and with it the zero value, can be seen without unmasking.
var mask = newMask()

func newMask() (mask [5]uint64) {
	var random [len(mask) * wordSize]byte
	rand.Read(random[:]) // never fails
	for i := range mask {
		mask[i] = binary.LittleEndian.Uint64(random[i*wordSize:])
	}
	mask[4] &= 0xFF
	return mask
}

// IsZero reports whether u is no UID at all.
func (u RawUID) IsZero() bool { return u.rest == 0 }

// size returns 32 or 33, and 0 for the zero value.
func (u *RawUID) size() int { return int(u.rest >> 8) }

// hasMetadata reports whether the first byte is the metadata byte.
func (u *RawUID) hasMetadata() bool { return u.size() == maxRawUID }

func (u *RawUID) metadata() byte { return byte(u.a ^ mask[0]) }

// isV4 reports whether the version is 4.
func (u *RawUID) isV4() bool { return u.hasMetadata() && u.metadata()&versionBit != 0 }

// Version returns the version of the raw UID, or 0 for the zero value. It may differ from that of
// the token that held it.
func (u RawUID) Version() Version {
	switch {
	case u.IsZero():
		return 0
	case !u.hasMetadata():
		return V2
	case u.isV4():
		return V4
	}
	return V3
}

// Scope returns the identity system that the raw UID belongs to, or 0 for version 2, which has no
// scope.
func (u RawUID) Scope() Scope {
	if !u.hasMetadata() {
		return 0
	}
	return scopeOf(u.metadata())
}

// Type returns what the raw UID was made from, or TypeUnknown for version 2, which has no identity
// type.
func (u RawUID) Type() IdentityType {
	if !u.hasMetadata() {
		return TypeUnknown
	}
	return typeOf(u.metadata())
}

// Environment returns the environment that generated the raw UID, or EnvironmentUnknown before
// version 4. The canonical form has lost it, and shows EnvironmentTest.
func (u RawUID) Environment() Environment {
	if !u.isV4() {
		return EnvironmentUnknown
	}
	return Environment(u.metadata()>>envShift) + EnvironmentTest
}

// Valid reports whether the bytes pass the checks of their version: always in version 2; with the
// reserved bits clear in version 3; with the right checksum as well in version 4. Tokens open even
// if their raw UID isn't valid.
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

// checksum returns the XOR of all bytes, 0 for an intact UID of version 4.
func (u RawUID) checksum() byte {
	x := u.a ^ mask[0] ^ u.b ^ mask[1] ^ u.c ^ mask[2] ^ u.d ^ mask[3]
	x ^= x >> 32
	x ^= x >> 16
	return byte(x ^ x>>8 ^ u.rest ^ mask[4])
}

// Canonical returns the form in which opt-outs are stored and looked up: in version 4 with the
// environment bits cleared, as opt-outs are announced, in other versions u itself. The canonical
// form of a production UID isn't [RawUID.Valid].
func (u RawUID) Canonical() RawUID {
	if u.isV4() {
		u.a = u.a&^envBits | mask[0]&envBits
	}
	return u
}

// Reveal returns the raw UID in the form in which it is sent to others: 44 characters of standard
// base64 with padding. For the zero value, it returns "".
func (u RawUID) Reveal() string {
	var text [rawUIDText]byte
	return string(u.AppendReveal(text[:0]))
}

// AppendReveal appends what Reveal returns to dst. It allocates only if dst has less than 44 bytes
// to spare.
func (u RawUID) AppendReveal(dst []byte) []byte {
	if u.IsZero() {
		return dst
	}
	at := len(dst)
	dst = slices.Grow(dst, rawUIDText)[:at+rawUIDText]
	text := (*[rawUIDText]byte)(dst[at:])
	a, b := bits.ReverseBytes64(u.a^mask[0]), bits.ReverseBytes64(u.b^mask[1])
	c, d := bits.ReverseBytes64(u.c^mask[2]), bits.ReverseBytes64(u.d^mask[3])
	binary.LittleEndian.PutUint64(text[0:], encode8(a>>16))
	binary.LittleEndian.PutUint64(text[8:], encode8(a<<32|b>>32))
	binary.LittleEndian.PutUint64(text[16:], encode8(b<<16|c>>48))
	binary.LittleEndian.PutUint64(text[24:], encode8(c))
	binary.LittleEndian.PutUint64(text[32:], encode8(d>>16))
	binary.LittleEndian.PutUint32(text[40:], uint32(encode8(d<<32|(u.rest^mask[4])<<24&0xFF000000)))
	if !u.hasMetadata() {
		text[rawUIDText-1] = '='
	}
	return dst
}

// CanonicalWords returns the canonical form as numbers, for hashing: its first 32 bytes as four
// little-endian words, then a word with the 33rd byte and the size. For the zero value, all are
// zero. It doesn't change u.
func (u *RawUID) CanonicalWords() (a, b, c, d, rest uint64) {
	if u.rest == 0 {
		return 0, 0, 0, 0, 0
	}
	a = u.a ^ mask[0]
	if u.isV4() {
		a &^= envBits
	}
	return a, u.b ^ mask[1], u.c ^ mask[2], u.d ^ mask[3], u.rest ^ mask[4]
}

// AppendBytes appends the 32 or 33 bytes of the raw UID to dst, or nothing for the zero value.
func (u RawUID) AppendBytes(dst []byte) []byte {
	if u.IsZero() {
		return dst
	}
	for i, word := range [...]uint64{u.a, u.b, u.c, u.d} {
		dst = binary.LittleEndian.AppendUint64(dst, word^mask[i])
	}
	if u.hasMetadata() {
		dst = append(dst, byte(u.rest^mask[4]))
	}
	return dst
}

// String returns "[raw UID]".
func (u RawUID) String() string { return redactedUID }

// GoString returns "[raw UID]".
func (u RawUID) GoString() string { return redactedUID }

// Format writes "[raw UID]", for every verb.
func (u RawUID) Format(f fmt.State, _ rune) { redact(f, redactedUID) }

// MarshalText returns "[raw UID]".
func (u RawUID) MarshalText() ([]byte, error) { return []byte(redactedUID), nil }

// MarshalJSON returns "[raw UID]" as a JSON string.
func (u RawUID) MarshalJSON() ([]byte, error) { return []byte(`"` + redactedUID + `"`), nil }

// LogValue returns "[raw UID]".
func (u RawUID) LogValue() slog.Value { return slog.StringValue(redactedUID) }

// redact writes a placeholder. Errors of the writer are up to fmt.
func redact(w io.Writer, placeholder string) { _, _ = io.WriteString(w, placeholder) }
