package inspect

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// opened is what is found in a token's layers, from the outside inwards, as far as it opens.
type opened struct {
	version     codec.Version
	size        int // of the token in bytes
	layers      []Layer
	scope       codec.Scope
	masterKeyID uint32
	hasMaster   bool // the token is long enough to name its master key
	master      []byte
	siteKeyID   uint32
	site        []byte
	keys        *keyset.Snapshot
}

// open opens a token's bytes with the keys that its verdict comes from.
func (v *view) open(b []byte, j *judge) *opened {
	o := &opened{version: versionOf(b), size: len(b), keys: j.chosen(0, 0)}
	if o.version == 0 {
		return o
	}
	at := 2 // of the master key id
	if o.version == codec.V2 {
		at = 1
	} else {
		o.scope = codec.ScopeUID2 + codec.Scope(b[0]>>4&1)
	}
	if o.hasMaster = len(b) >= max(at+4, shortest); o.hasMaster {
		o.masterKeyID = binary.BigEndian.Uint32(b[at:])
		o.keys = j.chosen(o.scope, o.masterKeyID)
	}
	o.layers = []Layer{{Name: layerToken, Opened: true, Bytes: len(b), Fields: cut(b, outside(o.version, len(b)), v.reveal)}}
	if len(b) < shortest {
		hide(o.layers[0].Fields, at)
	}
	v.openMaster(o, b)
	v.openSite(o)
	return o
}

// shortest is how long a damaged token must be, in bytes, for its bytes to be shown: in a shorter one
// there may be a raw UID, which begins as a token does once in a hundred times.
const shortest = 64

// hide masks the fields from an offset on.
func hide(fields []Field, from int) {
	for i := range fields {
		if f := &fields[i]; f.Offset >= from {
			f.Hex, f.Masked = "", true
			if !f.Damaged {
				f.Meaning = "not shown: so short a text may be a raw UID"
			}
		}
	}
}

// possibleSize reports whether tokens of a version can be that long, in bytes.
func possibleSize(version codec.Version, size int) bool {
	if version == codec.V2 {
		return size == sizeV2
	}
	return size >= minSizeV4 && size <= maxSizeV4
}

func (v *view) openMaster(o *opened, token []byte) {
	head, ivSize := headV4, 12
	if o.version == codec.V2 {
		head, ivSize = headV2, 16
	}
	layer := Layer{Name: layerMaster, Bytes: max(len(token)-head, 0), Within: layerToken, Fields: []Field{}}
	key := o.keys.Keys().Lookup(o.masterKeyID)
	switch {
	case !possibleSize(o.version, o.size):
		layer.Why = "the token hasn't the size that its version has, so it isn't tried"
	case key == nil:
		layer.Why = o.notHeld(o.masterKeyID)
	default:
		o.master = unseal(o.version, key, token[head-ivSize:head], token[head:], outerPadV2)
		layer.Why = v.fill(&layer, o.master, v.master(o.version, len(o.master)), o.masterKeyID, o.version)
	}
	o.layers = append(o.layers, layer)
}

func (v *view) openSite(o *opened) {
	layer := Layer{Name: layerSite, Within: layerMaster, Fields: []Field{}}
	if o.master == nil {
		layer.Why = "it is inside the master layer"
		o.layers = append(o.layers, layer)
		return
	}
	keyAt, ivAt, at, end := 29, 33, 45, len(o.master)
	if o.version == codec.V2 {
		keyAt, ivAt, at, end = 8, 12, 28, outerV2
	}
	o.siteKeyID = binary.BigEndian.Uint32(o.master[keyAt:])
	layer.Bytes = end - at
	if key := o.keys.Keys().Lookup(o.siteKeyID); key == nil {
		layer.Why = o.notHeld(o.siteKeyID)
	} else {
		o.site = unseal(o.version, key, o.master[ivAt:at], o.master[at:end], innerPadV2)
		layer.Why = v.fill(&layer, o.site, v.site(o.version, o.site), o.siteKeyID, o.version)
	}
	o.layers = append(o.layers, layer)
}

// fill lays out what a layer holds, or returns why it didn't open.
func (v *view) fill(layer *Layer, plain []byte, parts []part, keyID uint32, version codec.Version) string {
	if plain == nil && version == codec.V2 {
		return fmt.Sprintf("it doesn't open with key %d: the padding is wrong, so it was changed or sealed with another key of that id", keyID)
	}
	if plain == nil {
		return fmt.Sprintf("it doesn't open with key %d: the GCM tag is wrong, so it was changed or sealed with another key of that id", keyID)
	}
	layer.Opened, layer.Bytes, layer.Fields = true, len(plain), cut(plain, parts, v.reveal)
	return ""
}

// unseal returns what a key seals, or nil. Of version 2, which has no tag, the padding must be
// right.
func unseal(version codec.Version, key *codec.Key, iv, sealed []byte, padding int) []byte {
	plain, ok := key.OpenLayer(version, iv, sealed)
	if !ok || version == codec.V2 && !bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(padding)}, padding)) {
		return nil
	}
	return plain
}

// notHeld says why a layer isn't tried.
func (o *opened) notHeld(id uint32) string {
	if o.keys.Scope() == 0 {
		return "no keys are loaded here"
	}
	return fmt.Sprintf("key %d isn't among the %d %v keys that are held", id, o.keys.Len(), o.keys.Scope())
}

// times are those that the opened layers hold, in the order in which a token lives.
func (o *opened) times(nowMs int64) []Moment {
	type place struct {
		name  string
		layer []byte
		at    int
	}
	places := []place{{"established", o.site, 20}, {"refreshed", o.site, 28}, {"generated", o.master, 8}, {"expires", o.master, 0}}
	if o.version == codec.V2 {
		places = []place{{"established", o.site, 56}, {"expires", o.master, 0}}
	}
	moments := []Moment{}
	for _, p := range places {
		if len(p.layer) < p.at+8 {
			continue
		}
		if ms := binary.BigEndian.Uint64(p.layer[p.at:]); ms>>63 == 0 {
			moments = append(moments, moment(p.name, int64(ms), nowMs))
		}
	}
	return moments
}
