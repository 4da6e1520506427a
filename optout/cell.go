package optout

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A log file is a sequence of cells of 64 bytes, numbered from 0. It is append-only. All numbers
// are big-endian:
//
//	kind u8 | size u8 | payload 58 B, of which size bytes are used | CRC-32C u32
//
// The checksum covers the file's id u64, the cell's number u64 and the cell's first 60 bytes, so a
// cell that is damaged, or that belongs elsewhere in the file or to another file, is invalid. Cells
// don't refer to each other: damage to one doesn't affect the others.
//
//	cell 0    the header, see header
//	entry     an opt-out, see Entry
//	value     the first part of a quarantined value: received u64, ms; length u32; its first 46 B
//	more      58 B more of that value
//	hashed    a user whose hash is all that a repair could keep: seed u64, hash u64, Unix
//	          seconds u32
const (
	cellSize    = 64
	payloadAt   = 2
	checksumAt  = cellSize - 4
	payloadSize = checksumAt - payloadAt

	valueHead = 12                      // bytes before the text in a value's first cell
	valuePart = payloadSize - valueHead // bytes of the text in it

	hashedSize = 20
)

const (
	kindHeader = 'H'
	kindEntry  = 'E'
	kindValue  = 'Q'
	kindMore   = 'q'
	kindHashed = 'h'
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendCell appends a cell whose checksum is still missing.
func appendCell(dst []byte, kind byte, payload []byte) []byte {
	at := len(dst)
	dst = append(dst, kind, byte(len(payload)))
	dst = append(dst, payload...)
	return append(dst, make([]byte, at+cellSize-len(dst))...)
}

// appendValue appends the cells of a quarantined value.
func appendValue(dst, what []byte, receivedMs int64) []byte {
	head := binary.BigEndian.AppendUint64(nil, uint64(receivedMs))
	head = binary.BigEndian.AppendUint32(head, uint32(len(what)))
	part := min(len(what), valuePart)
	dst = appendCell(dst, kindValue, append(head, what[:part]...))
	for what = what[part:]; len(what) > 0; what = what[part:] {
		part = min(len(what), payloadSize)
		dst = appendCell(dst, kindMore, what[:part])
	}
	return dst
}

// checksum returns the checksum that a cell must have, with this number in the file with this id.
func checksum(id, number uint64, cell []byte) uint32 {
	var place [16]byte
	binary.BigEndian.PutUint64(place[:], id)
	binary.BigEndian.PutUint64(place[8:], number)
	return crc32.Update(crc32.Checksum(place[:], castagnoli), castagnoli, cell[:checksumAt])
}

// seal writes the checksums of cells; number is that of the first one.
func seal(id, number uint64, cells []byte) {
	for ; len(cells) > 0; cells = cells[cellSize:] {
		binary.BigEndian.PutUint32(cells[checksumAt:], checksum(id, number, cells))
		number++
	}
}

var errCell = errors.New("its checksum is wrong")

// openCell checks a cell and returns its kind and payload. The payload is a part of the cell.
func openCell(id, number uint64, cell []byte) (kind byte, payload []byte, err error) {
	if binary.BigEndian.Uint32(cell[checksumAt:]) != checksum(id, number, cell) || int(cell[1]) > payloadSize {
		return 0, nil, errCell
	}
	return cell[0], cell[payloadAt : payloadAt+int(cell[1])], nil
}

// record is the content of one cell, or of several that belong together.
type record struct {
	number     uint64 // of the first cell
	kind       byte
	entry      Entry
	what       []byte // quarantined value; valid until the next record
	receivedMs int64  // when what was received
	hashed     hashed
}

// hashed is a user who is known only by a hash.
type hashed struct {
	seed, hash uint64
	seconds    uint32
}

func (h hashed) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, h.seed)
	dst = binary.BigEndian.AppendUint64(dst, h.hash)
	return binary.BigEndian.AppendUint32(dst, h.seconds)
}

var (
	errKind   = errors.New("its kind is unknown")
	errOrphan = errors.New("it continues no value")
	errPart   = errors.New("a part of it is missing")

	errMissing = errors.New("the file ends before it")
)

// reader assembles records from cells, which must come in order.
type reader struct {
	id      uint64
	record  record
	missing int // bytes still missing from a quarantined value
}

// next reads a cell, and reports whether it completes the record.
func (r *reader) next(number uint64, cell []byte) (complete bool, err error) {
	kind, payload, err := openCell(r.id, number, cell)
	if err != nil {
		return false, err
	}
	if (kind == kindMore) != (r.missing > 0) {
		return false, errOrphan
	}
	if kind == kindMore {
		if len(payload) != min(r.missing, payloadSize) {
			return false, errPart
		}
		r.record.what = append(r.record.what, payload...)
		r.missing -= len(payload)
		return r.missing == 0, nil
	}
	r.record.number, r.record.kind, r.record.what = number, kind, r.record.what[:0]
	switch kind {
	case kindEntry:
		r.record.entry, err = parseEntry(payload)
		return err == nil, err
	case kindValue:
		return r.value(payload)
	case kindHashed:
		if len(payload) != hashedSize {
			return false, errPart
		}
		r.record.hashed = hashed{binary.BigEndian.Uint64(payload), binary.BigEndian.Uint64(payload[8:]), binary.BigEndian.Uint32(payload[16:])}
		return true, nil
	}
	return false, errKind
}

// value reads the first cell of a quarantined value.
func (r *reader) value(payload []byte) (complete bool, err error) {
	if len(payload) < valueHead {
		return false, errPart
	}
	length := int(binary.BigEndian.Uint32(payload[8:]))
	if len(payload) != valueHead+min(length, valuePart) {
		return false, errPart
	}
	r.record.receivedMs = int64(binary.BigEndian.Uint64(payload))
	r.record.what = append(r.record.what, payload[valueHead:]...)
	r.missing = length - len(r.record.what)
	return r.missing == 0, nil
}

// header is the first cell of a file: magic 8 B, version of the format u32, random id u64.
type header struct {
	version uint32
	id      uint64
}

const (
	logMagic   = "UID2LOG\n"
	logVersion = 1
	headerSize = len(logMagic) + 12
)

// cell returns the bytes of a header.
func (h header) cell() []byte {
	payload := binary.BigEndian.AppendUint32([]byte(logMagic), h.version)
	cell := appendCell(nil, kindHeader, binary.BigEndian.AppendUint64(payload, h.id))
	seal(h.id, 0, cell)
	return cell
}

// headerOf reads a header. It is valid if its checksum matches, which covers the id that it holds.
func headerOf(cell []byte) (h header, ok bool) {
	if cell[0] != kindHeader || int(cell[1]) != headerSize || string(cell[payloadAt:payloadAt+len(logMagic)]) != logMagic {
		return header{}, false
	}
	at := payloadAt + len(logMagic)
	h = header{binary.BigEndian.Uint32(cell[at:]), binary.BigEndian.Uint64(cell[at+4:])}
	return h, binary.BigEndian.Uint32(cell[checksumAt:]) == checksum(h.id, 0, cell)
}
