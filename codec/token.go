package codec

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"unsafe"
)

// The start of every token:
//
//	version 2:     02 | u32 master key id | ...
//	version 3:     hh | 70 | u32 master key id | ...
//	version 4:     hh | 80 | u32 master key id | ...
//
// hh: bit 4 scope (1 is EUID), bits 3-2 identity type (0 email, 1 phone). The other bits are
// ignored: old generators left them clear, new ones set them so that the text begins with a telling
// pair of characters.
const (
	headV2       = 2
	secondV3     = 0x70
	secondV4     = 0x80
	headText     = 4 // the number of characters that show the version
	masterAtV2   = 1
	masterAtV4   = 2
	maxTokenSize = MaxTokenText / 4 * 3
)

// MaxTokenText is the length in characters of the longest text that Parse accepts. The longest
// tokens in use have 220.
const MaxTokenText = 512

// Token is both the workspace for opening tokens and the result. Its zero value is ready to use.
// Reuse it: it takes about 500 bytes and lives on the heap. Don't copy a Token between Parse and
// Open: copies share their workspace. A Token must not be used by several goroutines at once.
//
// Parse fills in what the outside of a token says, Open the rest. Unknown fields are zero.
type Token struct {
	Version     Version
	Scope       Scope        // 0 in version 2
	Type        IdentityType // TypeUnknown in version 2
	MasterKeyID uint32

	SiteKeyID     uint32
	SiteID        uint32 // of the publisher or sharer that the token belongs to
	PrivacyBits   PrivacyBits
	ExpiresMs     int64 // this and the other times are Unix milliseconds, never negative
	GeneratedMs   int64 // when the token was generated; 0 in version 2
	EstablishedMs int64 // when the site first got a token for this user
	RefreshedMs   int64 // when the identity was last refreshed; 0 in version 2
	UID           RawUID

	size int // of the sealed token in the workspace, 0 if there is none to open
	// pointer refers to the workspace; nil before the first token. It is an unsafe.Pointer so
	// that package fmt doesn't follow it to what is decrypted there.
	pointer unsafe.Pointer
}

// workspace is where a token is decoded and then decrypted.
type workspace [maxTokenSize + decodeSlack]byte

func (t *Token) workspace() *workspace {
	if t.pointer == nil {
		t.pointer = unsafe.Pointer(new(workspace))
	}
	return (*workspace)(t.pointer)
}

// Parse reads the text of a token, in either base64 alphabet, padded or not. It returns
//
//   - InvalidPayload if text has fewer than 4 characters or its first 4 aren't base64;
//   - VersionNotSupported if they don't begin a token of version 2, 3 or 4;
//   - InvalidPayload if the rest isn't base64, if text is longer than [MaxTokenText], or if the
//     size
//     is impossible in this version: other than 133 bytes in version 2, less than 163 in 3 and 4;
//   - Success otherwise, with Version, Scope, Type and MasterKeyID filled in.
//
// Parse always resets t first. It keeps no reference to text, and allocates only once per Token,
// for its workspace.
func Parse[T ~string | ~[]byte](t *Token, text T) Status {
	t.reset()
	if len(text) < headText {
		return InvalidPayload
	}
	head := four(text[:headText])
	if head < 0 {
		return InvalidPayload
	}
	version := versionOf(byte(head>>16), byte(head>>8))
	if version == 0 {
		return VersionNotSupported
	}
	if len(text) > MaxTokenText {
		return InvalidPayload
	}
	buf := t.workspace()
	size, ok := decode(buf[:], text)
	if !ok || !plausible(version, size) {
		return InvalidPayload
	}
	t.Version, t.size = version, size
	if version == V2 {
		t.MasterKeyID = binary.BigEndian.Uint32(buf[masterAtV2:])
		return Success
	}
	t.Scope, t.Type = scopeOf(buf[0]), typeOf(buf[0])
	t.MasterKeyID = binary.BigEndian.Uint32(buf[masterAtV4:])
	return Success
}

// versionOf returns the version of the token that starts with these bytes, or 0 if they start none.
func versionOf(first, second byte) Version {
	switch {
	case first == headV2:
		return V2
	case second == secondV3:
		return V3
	case second == secondV4:
		return V4
	}
	return 0
}

func plausible(v Version, size int) bool {
	if v == V2 {
		return size == sizeV2
	}
	return size >= minSizeV4
}

// Wipe overwrites what Parse and Open left in t, also in the memory in which they decrypt. Parse
// does so, too, as far as it needs the memory.
func (t *Token) Wipe() {
	t.reset()
	if t.pointer != nil {
		clear(t.workspace()[:maxSizeV4])
	}
}

// reset clears everything but the workspace.
func (t *Token) reset() {
	t.Version, t.Scope, t.Type, t.MasterKeyID = 0, 0, TypeUnknown, 0
	t.SiteKeyID, t.SiteID, t.PrivacyBits = 0, 0, 0
	t.ExpiresMs, t.GeneratedMs, t.EstablishedMs, t.RefreshedMs = 0, 0, 0, 0
	t.UID = RawUID{}
	t.size = 0
}

// Open opens both layers of the token that Parse read. It returns
//
//   - NotAuthorizedForMasterKey if keys doesn't hold the master key; the token may then be opened
//     with other keys;
//   - InvalidPayload if a token of version 3 or 4 has more than 164 bytes, or if the master layer
//     doesn't open;
//   - NotAuthorizedForKey if keys doesn't hold the site key, with SiteKeyID filled in;
//   - InvalidPayload if the site layer doesn't open, or if what the layers hold is impossible;
//   - Success otherwise, with all fields filled in.
//
// Open checks no times, neither the token's nor the keys'. It consumes the token: a second Open
// without a Parse returns InvalidPayload. Open doesn't allocate.
func (t *Token) Open(keys *KeyTable) Status {
	size, master, status := t.begin(keys)
	if status != Success {
		return status
	}
	site, status := t.openMaster(size, master, keys)
	if status != Success {
		return status
	}
	return t.openSite(size, site, keys)
}

// begin returns the size of the sealed token, which can't be opened again, and the slot of its
// master key.
func (t *Token) begin(keys *KeyTable) (size, master int, status Status) {
	if t.size == 0 {
		return 0, 0, InvalidPayload
	}
	master = keys.slot(t.MasterKeyID)
	if master < 0 {
		return 0, 0, NotAuthorizedForMasterKey
	}
	size, t.size = t.size, 0
	return size, master, Success
}

// openMaster opens the master layer in place and returns the slot of the site key.
func (t *Token) openMaster(size, master int, keys *KeyTable) (site int, status Status) {
	sealed := t.workspace()[:size]
	if t.Version == V2 {
		status = t.openMasterV2(sealed, master, keys)
	} else {
		status = t.openMasterV4(sealed, master, keys)
	}
	if status != Success {
		return 0, status
	}
	if site = keys.slot(t.SiteKeyID); site < 0 {
		return 0, NotAuthorizedForKey
	}
	return site, Success
}

// openSite opens the site layer, which is in the opened master layer, in place.
func (t *Token) openSite(size, site int, keys *KeyTable) Status {
	sealed := t.workspace()[:size]
	if t.Version == V2 {
		return t.openSiteV2(sealed[outerAtV2:], site, keys)
	}
	return t.openSiteV4(sealed[outerAtV4:], site, keys)
}

// setTimes sets the times of a token's layers and reports whether all of them fit: a time that
// overflows int64 leaves t unchanged.
func (t *Token) setTimes(expires, generated, established, refreshed uint64) bool {
	if (expires|generated|established|refreshed)>>63 != 0 {
		return false
	}
	t.ExpiresMs, t.GeneratedMs = int64(expires), int64(generated)
	t.EstablishedMs, t.RefreshedMs = int64(established), int64(refreshed)
	return true
}

const redactedToken = "[token]"

// String returns "[token]".
func (t Token) String() string { return redactedToken }

// GoString returns "[token]".
func (t Token) GoString() string { return redactedToken }

// Format writes "[token]", for every verb.
func (t Token) Format(f fmt.State, _ rune) { redact(f, redactedToken) }

// MarshalText returns "[token]".
func (t Token) MarshalText() ([]byte, error) { return []byte(redactedToken), nil }

// LogValue returns "[token]".
func (t Token) LogValue() slog.Value { return slog.StringValue(redactedToken) }
