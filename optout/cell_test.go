package optout

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

const fileID = 0x0102030405060708

// sealed appends a cell with its checksum to others.
func sealed(cells []byte, kind byte, payload []byte) []byte {
	at := len(cells)
	cells = appendCell(cells, kind, payload)
	seal(fileID, uint64(at/cellSize)+1, cells[at:])
	return cells
}

// readCells reads cells, the first of which has number 1, up to the first invalid one.
func readCells(cells []byte) (all []record, r *reader, err error) {
	r = &reader{id: fileID}
	for number := uint64(1); len(cells) > 0; number++ {
		complete, err := r.next(number, cells[:cellSize])
		if err != nil {
			return all, r, err
		}
		if complete {
			one := r.record
			one.what = bytes.Clone(one.what)
			all = append(all, one)
		}
		cells = cells[cellSize:]
	}
	return all, r, nil
}

// TestCellsLast pins the bytes of a log, which all later versions must be able to read.
func TestCellsLast(t *testing.T) {
	cells := header{logVersion, fileID}.cell()
	if want := "48" + "14" + hex.EncodeToString([]byte("UID2LOG\n")) + "00000001" + "0102030405060708" + strings.Repeat("00", 38) + "ce11adf7"; hex.EncodeToString(cells) != want {
		t.Errorf("header\n%x, want\n%s", cells, want)
	}
	entry := Entry{*alike(t, 0x41, 32), 0x1112, 0x2122}
	cells = sealed(nil, kindEntry, entry.append(nil))
	if want := "45" + "30" + "0000000000001112" + "0000000000002122" + "0000000000000000" + "4100000000000000" + strings.Repeat("00", 16+10) + "30bd97d1"; hex.EncodeToString(cells) != want {
		t.Errorf("entry\n%x, want\n%s", cells, want)
	}
	cells = appendValue(nil, []byte(strings.Repeat("a", 46)+strings.Repeat("b", 58)+"c"), 0x3132)
	seal(fileID, 1, cells)
	for i, want := range []string{
		"51" + "3a" + "0000000000003132" + "00000069" + strings.Repeat("61", 46),
		"71" + "3a" + strings.Repeat("62", 58),
		"71" + "01" + "63" + strings.Repeat("00", 57),
	} {
		if got := hex.EncodeToString(cells[i*cellSize:][:checksumAt]); got != want {
			t.Errorf("part %d of a value\n%s, want\n%s", i, got, want)
		}
	}
	if len(cells) != 3*cellSize {
		t.Errorf("%d bytes", len(cells))
	}
	if got, want := hex.EncodeToString(hashed{1, 2, 3}.append(nil)), "0000000000000001"+"0000000000000002"+"00000003"; got != want {
		t.Errorf("hashed %s, want %s", got, want)
	}
}

// TestCells: what is written to cells can be read from them.
func TestCells(t *testing.T) {
	entry := Entry{*alike(t, 5, 33), 7, 9}
	h := hashed{1 << 40, 1 << 41, 1 << 31}
	cells := sealed(nil, kindEntry, entry.append(nil))
	cells = sealed(cells, kindHashed, h.append(nil))
	var sizes []int
	for _, size := range []int{0, 1, valuePart - 1, valuePart, valuePart + 1, valuePart + payloadSize, valuePart + payloadSize + 1, 5000} {
		sizes = append(sizes, size)
		before := len(cells)
		cells = appendValue(cells, bytes.Repeat([]byte{byte(size)}, size), int64(size)<<32)
		seal(fileID, uint64(before/cellSize)+1, cells[before:])
	}
	all, r, err := readCells(cells)
	if err != nil || len(all) != 2+len(sizes) || r.missing != 0 {
		t.Fatalf("%v, %d records, %d bytes missing", err, len(all), r.missing)
	}
	if all[0].kind != kindEntry || all[0].number != 1 || all[0].entry != entry {
		t.Errorf("entry %d: %v", all[0].number, all[0].entry)
	}
	if all[1].kind != kindHashed || all[1].number != 2 || all[1].hashed != h {
		t.Errorf("%d: %v", all[1].number, all[1].hashed)
	}
	number := uint64(3)
	for i, size := range sizes {
		v := all[2+i]
		if v.kind != kindValue || v.number != number || !bytes.Equal(v.what, bytes.Repeat([]byte{byte(size)}, size)) || v.receivedMs != int64(size)<<32 {
			t.Errorf("value of %d bytes: number %d, want %d; %d bytes received at %d", size, v.number, number, len(v.what), v.receivedMs)
		}
		number += uint64(len(appendValue(nil, make([]byte, size), 0)) / cellSize)
	}
}

// TestWrongCells: cells with a right checksum that aren't valid in a log are an error.
func TestWrongCells(t *testing.T) {
	value := func(length, size int) []byte {
		return append(binary.BigEndian.AppendUint32(make([]byte, 8), uint32(length)), make([]byte, size)...)
	}
	long := sealed(nil, kindValue, value(valuePart+60, valuePart)) // the rest is 58 B and 2 B
	entry := (&Entry{UID: *alike(t, 1, 32)}).append(nil)
	for name, c := range map[string]struct {
		cells []byte
		want  error
	}{
		"no entry":                         {sealed(nil, kindEntry, nil), ErrEntry},
		"an entry of 10 bytes":             {sealed(nil, kindEntry, make([]byte, 10)), ErrEntry},
		"an entry of 15 bytes":             {sealed(nil, kindEntry, make([]byte, 15)), ErrEntry},
		"an entry without a raw UID":       {sealed(nil, kindEntry, make([]byte, 16)), ErrEntry},
		"an entry with a short raw UID":    {sealed(nil, kindEntry, make([]byte, 16+31)), ErrEntry},
		"an entry with a long raw UID":     {sealed(nil, kindEntry, make([]byte, 16+34)), ErrEntry},
		"an unknown kind":                  {sealed(nil, 'x', entry), errKind},
		"a second header":                  {sealed(nil, kindHeader, make([]byte, headerSize)), errKind},
		"a part of nothing":                {sealed(nil, kindMore, make([]byte, payloadSize)), errOrphan},
		"a part behind a value that ended": {sealed(sealed(nil, kindValue, value(3, 3)), kindMore, []byte("x")), errOrphan},
		"an entry within a value":          {sealed(long, kindEntry, entry), errOrphan},
		"a value within a value":           {sealed(long, kindValue, value(3, 3)), errOrphan},
		"a value without its head":         {sealed(nil, kindValue, make([]byte, valueHead-1)), errPart},
		"a value that is too short":        {sealed(nil, kindValue, value(4, 3)), errPart},
		"a value that is too long":         {sealed(nil, kindValue, value(3, 4)), errPart},
		"a long value cut off":             {sealed(nil, kindValue, value(valuePart+1, valuePart-1)), errPart},
		"a short part":                     {sealed(long, kindMore, make([]byte, payloadSize-1)), errPart},
		"a long last part":                 {sealed(sealed(long, kindMore, make([]byte, payloadSize)), kindMore, make([]byte, 3)), errPart},
		"a hash that is too short":         {sealed(nil, kindHashed, make([]byte, hashedSize-1)), errPart},
		"a hash that is too long":          {sealed(nil, kindHashed, make([]byte, hashedSize+1)), errPart},
	} {
		if all, _, err := readCells(c.cells); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v; %d records", name, err, c.want, len(all))
		}
	}
	if _, r, err := readCells(long); err != nil || r.missing != 60 {
		t.Errorf("a value whose rest is missing: %v, %d bytes missing", err, r.missing)
	}
}

// TestDamagedCells: a flipped bit, another position or another file makes a cell invalid, and so
// does an impossible size.
func TestDamagedCells(t *testing.T) {
	cell := sealed(nil, kindEntry, (&Entry{*alike(t, 77, 32), 1, 2}).append(nil))
	if kind, payload, err := openCell(fileID, 1, cell); err != nil || kind != kindEntry || len(payload) != 48 {
		t.Fatalf("%c, %d bytes, %v", kind, len(payload), err)
	}
	for bit := range 8 * cellSize {
		damaged := bytes.Clone(cell)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, _, err := openCell(fileID, 1, damaged); !errors.Is(err, errCell) {
			t.Errorf("bit %d: %v", bit, err)
		}
		if intact(fileID, 1, damaged) {
			t.Errorf("bit %d: intact", bit)
		}
	}
	for _, place := range [][2]uint64{{fileID, 2}, {fileID, 0}, {fileID + 1, 1}, {1, fileID}} {
		if _, _, err := openCell(place[0], place[1], cell); !errors.Is(err, errCell) {
			t.Errorf("in file %x as number %d: %v", place[0], place[1], err)
		}
	}
	for size, want := range map[int]error{payloadSize: nil, payloadSize + 1: errCell, 255: errCell} {
		cell := appendCell(nil, kindMore, make([]byte, payloadSize))
		cell[1] = byte(size)
		seal(fileID, 1, cell)
		if _, _, err := openCell(fileID, 1, cell); !errors.Is(err, want) {
			t.Errorf("a payload of %d bytes: %v", size, err)
		}
	}
}

// TestHeader: a header is valid only if every byte is right.
func TestHeader(t *testing.T) {
	whole := header{7, fileID}.cell()
	if h, ok := headerOf(whole); !ok || h != (header{7, fileID}) {
		t.Fatalf("%v, %v", h, ok)
	}
	for bit := range 8 * cellSize {
		damaged := bytes.Clone(whole)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, ok := headerOf(damaged); ok {
			t.Errorf("bit %d", bit)
		}
	}
	for name, change := range map[string]func(cell []byte){
		"kind": func(cell []byte) { cell[0] = kindEntry }, "size": func(cell []byte) { cell[1]-- }, "magic": func(cell []byte) { cell[payloadAt]++ },
		"end of the magic": func(cell []byte) { cell[payloadAt+len(logMagic)-1]++ },
	} {
		cell := bytes.Clone(whole)
		change(cell)
		seal(fileID, 0, cell)
		if _, ok := headerOf(cell); ok {
			t.Errorf("another %s, with a checksum", name)
		}
	}
}
