package inspect

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Sizes of tokens and their layers, in bytes. Package codec draws the layouts.
const (
	sizeV2     = 133
	minSizeV4  = 163
	maxSizeV4  = 164
	headV2     = 21 // before the master layer
	headV4     = 18 // likewise
	tagSize    = 16
	outerV2    = 108 // of the master layer, without padding
	innerV2    = 64  // of the identity layer, without padding
	innerPadV2 = 16
	outerPadV2 = 4
	uidTextV2  = 44
)

// Names of layers.
const (
	layerToken  = "token"
	layerMaster = "master layer"
	layerSite   = "site layer"
)

// view is how a token's layers are shown.
type view struct {
	nowMs    int64
	reveal   bool // the raw UID
	withheld bool // the raw UID was asked for, and the token must not be used
}

// versionOf returns the version that the first bytes of a token show, or 0.
func versionOf(b []byte) codec.Version {
	switch {
	case len(b) > 0 && b[0] == 2:
		return codec.V2
	case len(b) > 1 && b[1] == 0x70:
		return codec.V3
	case len(b) > 1 && b[1] == 0x80:
		return codec.V4
	}
	return 0
}

// outside is the layout of what anybody can read.
func outside(version codec.Version, size int) []part {
	key := part{"master key id", 4, number("key %d"), false}
	if version == codec.V2 {
		sealed := part{"encrypted master layer", sizeV2 - headV2, constant("AES-256-CBC"), false}
		return []part{
			{"version", 1, constant("version 2: says no scope and no type"), false}, key,
			{"IV", 16, constant("of the master layer"), false}, sealed,
		}
	}
	parts := []part{
		{"scope and type", 1, headMeaning, false}, {"version", 1, constant(fmt.Sprintf("version %d", version)), false}, key,
		{"IV", 12, constant("of the master layer"), false},
	}
	if size < minSizeV4 {
		return append(parts, part{"encrypted master layer", minSizeV4 - headV4, nil, false})
	}
	return append(parts, part{"encrypted master layer", min(size, maxSizeV4) - headV4 - tagSize, constant("AES-256-GCM"), false},
		part{"tag", tagSize, constant("of the master layer"), false})
}

// headMeaning reads scope and type of a token's or a raw UID's first byte.
func headMeaning(b []byte) (string, bool) {
	scope, kind := "UID2", [...]string{"email", "phone", "of unknown type", "of unknown type"}[b[0]>>2&3]
	if b[0]&0x10 != 0 {
		scope = "EUID"
	}
	return scope + ", " + kind, true
}

func (v *view) time(b []byte) (string, bool) {
	ms := binary.BigEndian.Uint64(b)
	if ms>>63 != 0 {
		return "no time: too large", false
	}
	return fmt.Sprintf("%s, %s", clock(int64(ms)), distance(int64(ms), v.nowMs)), true
}

// master is the layout of the master layer.
func (v *view) master(version codec.Version, size int) []part {
	siteKey := part{"site key id", 4, number("key %d"), false}
	if version == codec.V2 {
		return []part{
			{"expires", 8, v.time, false}, siteKey, {"IV", 16, constant("of the site layer"), false},
			{"encrypted site layer", innerV2 + innerPadV2, constant("AES-256-CBC"), false},
			{"padding", outerPadV2, constant("PKCS#7"), false},
		}
	}
	parts := []part{
		{"expires", 8, v.time, false}, {"generated", 8, v.time, false},
		{"operator site id", 4, unused, false}, {"operator type", 1, operatorType, false},
		{"operator version", 4, unused, false}, {"operator key id", 4, unused, false}, siteKey,
		{"IV", 12, constant("of the site layer"), false},
	}
	return append(parts, part{"encrypted site layer", max(size-total(parts)-tagSize, 1), constant("AES-256-GCM"), false},
		part{"tag", tagSize, constant("of the site layer"), false})
}

func operatorType(b []byte) (string, bool) {
	name, known := map[byte]string{0: "not said", 1: "a service", 17: "Snowflake"}[b[0]]
	if !known {
		name = "unknown"
	}
	return fmt.Sprintf("%d, %s", b[0], name), true
}

// site is the layout of the site layer.
func (v *view) site(version codec.Version, layer []byte) []part {
	if version == codec.V2 {
		return v.siteV2(layer)
	}
	return []part{
		{"site id", 4, number("site %d"), false}, {"publisher id", 8, unused, false}, {"client key id", 4, unused, false},
		{"privacy bits", 4, bitsMeaning, false}, {"established", 8, v.time, false}, {"refreshed", 8, v.time, false},
		{"raw UID", 0, v.rawUID, true},
	}
}

func (v *view) siteV2(layer []byte) []part {
	head := []part{{"site id", 4, number("site %d"), false}, {"length", 4, number("%d characters of raw UID"), false}}
	if len(layer) >= 8 && binary.BigEndian.Uint32(layer[4:]) != uidTextV2 {
		// Where the raw UID ends isn't known, so that none of the rest may be shown.
		return append(head, part{"rest", 0, impossible("the length isn't 44, so nothing behind it has a place"), true})
	}
	return append(head, part{"raw UID", uidTextV2, v.rawUIDText, true},
		part{"privacy bits", 4, bitsMeaning, false}, part{"established", 8, v.time, false},
		part{"padding", innerPadV2, constant("PKCS#7"), false})
}

func (v *view) rawUID(b []byte) (string, bool) {
	uid, err := codec.NewRawUID(b)
	if err != nil {
		return fmt.Sprintf("%d bytes, where a raw UID has 32 or 33", len(b)), false
	}
	return rawUIDVersion(uid) + v.whyMasked(), true
}

func (v *view) rawUIDText(b []byte) (string, bool) {
	uid, err := codec.DecodeRawUID(b)
	if err != nil {
		return "not the base64 of 32 or 33 bytes", false
	}
	return rawUIDVersion(uid) + ", as base64 text" + v.whyMasked(), true
}

func (v *view) whyMasked() string {
	if v.withheld {
		return "; withheld, as the token may not be used"
	}
	return ""
}

// rawUIDVersion says what a raw UID's metadata says.
func rawUIDVersion(uid codec.RawUID) string {
	if uid.Version() == codec.V2 {
		return "version 2, without metadata"
	}
	return fmt.Sprintf("version %d, %v, %v", uid.Version(), uid.Scope(), uid.Type())
}

func bitsMeaning(b []byte) (string, bool) {
	bits := codec.PrivacyBits(binary.BigEndian.Uint32(b))
	var said []string
	if bits.ClientSideGenerated() {
		said = append(said, "generated in a browser or an app")
	}
	if bits.OptedOut() {
		said = append(said, "made for a user who had opted out")
	}
	if len(said) == 0 {
		said = append(said, "generated on a server")
	}
	return fmt.Sprintf("%d: %s", uint32(bits), strings.Join(said, ", ")), true
}
