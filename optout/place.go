package optout

import "encoding/binary"

// place is the position in a stream at which a copy of it ends.
type place struct {
	stream   int64  // identifies the stream, see identityOf; 0 if the copy is of none
	position uint64 // of the last message in the copy, 0 if there is none
	sentNs   int64  // when that message was sent, Unix nanoseconds
}

// placeSize is the size of a place in the figure's file.
const placeSize = 24

func (p place) bytes() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(p.stream))
	b = binary.BigEndian.AppendUint64(b, p.position)
	return binary.BigEndian.AppendUint64(b, uint64(p.sentNs))
}

func placeOf(b []byte) (p place) {
	if len(b) == placeSize {
		p = place{int64(binary.BigEndian.Uint64(b)), binary.BigEndian.Uint64(b[8:]), int64(binary.BigEndian.Uint64(b[16:]))}
	}
	return p
}
