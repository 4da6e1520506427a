package optout

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/uid2rtb/uid2rtb/internal/atomicfile"
)

// figure records the state of a log outside of it, in a file beside it, so that a log that has lost
// its end is noticed. It is made durable before an append is acknowledged, and after the appended
// cells are: the log never ends before the recorded end.
type figure struct {
	turn     uint64   // counts the writes of the figure
	id       uint64   // of the log file; 0 for one in the old format
	end      uint64   // number of the last acknowledged cell
	entries  uint64   // among them
	place    place    // how far the log is a copy of which stream
	placed   uint64   // number of the last cell whose content that stream was seen to have
	covers   uint64   // number of the last cell that the snapshot covers
	snapshot [32]byte // SHA-256 of the snapshot's header, zero if there is none
}

// The file has two slots, on pages of their own, which are written in turn: a crash during a write
// leaves the other one. A slot: magic 8 B, the fields of figure in order, big-endian, CRC-32C u32.
const (
	figureMagic = "UID2END2"
	figureSize  = len(figureMagic) + 6*8 + placeSize + 32 + 4
	// The first version of this format had no placed: the log counted as a copy up to its end.
	oldFigureMagic = "UID2END\n"
	oldFigureSize  = figureSize - 8
	slotSpacing    = 4096
	slots          = 2
)

func (f *figure) bytes() []byte {
	b := []byte(figureMagic)
	for _, n := range []uint64{f.turn, f.id, f.end, f.entries} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = append(b, f.place.bytes()...)
	b = binary.BigEndian.AppendUint64(b, f.placed)
	b = binary.BigEndian.AppendUint64(b, f.covers)
	b = append(b, f.snapshot[:]...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// figureOf reads a slot, which other bytes may follow.
func figureOf(b []byte) (f figure, ok bool) {
	switch {
	case bytes.HasPrefix(b, []byte(figureMagic)) && len(b) >= figureSize:
		b = b[:figureSize]
	case bytes.HasPrefix(b, []byte(oldFigureMagic)) && len(b) >= oldFigureSize:
		b = b[:oldFigureSize]
	default:
		return figure{}, false
	}
	sum := len(b) - 4
	if binary.BigEndian.Uint32(b[sum:]) != crc32.Checksum(b[:sum], castagnoli) {
		return figure{}, false
	}
	old := sum < figureSize-4
	b = b[len(figureMagic):]
	for _, n := range []*uint64{&f.turn, &f.id, &f.end, &f.entries} {
		*n, b = binary.BigEndian.Uint64(b), b[8:]
	}
	f.place, b = placeOf(b[:placeSize]), b[placeSize:]
	if f.placed = f.end; !old {
		f.placed, b = binary.BigEndian.Uint64(b), b[8:]
	}
	f.covers, b = binary.BigEndian.Uint64(b), b[8:]
	f.snapshot = [32]byte(b)
	return f, true
}

// figurePath returns the path of a log's figure.
func figurePath(log string) string { return log + ".end" }

// readFigures returns the figures in the slots, the newest first, and the number of damaged slots.
func readFigures(file io.ReaderAt) (found []figure, damaged int, err error) {
	for slot := range int64(slots) {
		b := make([]byte, figureSize)
		n, err := file.ReadAt(b, slot*slotSpacing)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, 0, err
		}
		if f, ok := figureOf(b[:n]); ok {
			found = append(found, f)
		} else {
			damaged++
		}
	}
	if len(found) == slots && found[0].turn < found[1].turn {
		found[0], found[1] = found[1], found[0]
	}
	return found, damaged, nil
}

// figureFile is a figure that is open for writing.
type figureFile struct {
	file *os.File
	now  figure
}

// createFigure creates the file of a figure atomically, with the same figure in both slots.
func createFigure(log string, f figure) error {
	b := make([]byte, slotSpacing+figureSize)
	for range slots {
		f.turn++
		copy(b[f.turn%slots*slotSpacing:], f.bytes())
	}
	return writeWhole(figurePath(log), b)
}

// openFigure opens the figure of a log for writing.
func openFigure(log string) (*os.File, error) { return os.OpenFile(figurePath(log), os.O_RDWR, 0o600) }

// set writes a figure durably, over the older of the two.
func (f *figureFile) set(next figure) error {
	next.turn = f.now.turn + 1
	if _, err := f.file.WriteAt(next.bytes(), int64(next.turn%slots)*slotSpacing); err != nil {
		return err
	}
	if err := dataSync(f.file); err != nil {
		return err
	}
	f.now = next
	reached()
	return nil
}

// setBoth writes a figure durably to both slots, so that neither is left from another log or is
// older.
func (f *figureFile) setBoth(next figure) error {
	for range slots {
		if err := f.set(next); err != nil {
			return err
		}
	}
	return nil
}

// pick returns the newest figure that belongs to the log with this id.
func pick(found []figure, id uint64) (figure, error) {
	for _, f := range found {
		if f.id == id {
			return f, nil
		}
	}
	return figure{}, fmt.Errorf("%w: its %s is of another log", ErrDamaged, figureName)
}

// figureName is what messages call the file.
const figureName = "file .end"

// writeWhole replaces a file atomically.
func writeWhole(path string, b []byte) error {
	err := atomicfile.Replace(path, func(file *os.File) error {
		_, err := file.Write(b)
		reached()
		return err
	})
	if err == nil {
		reached()
	}
	return err
}

// reached is called between the steps of operations that must be atomic. Tests use it to look at
// the files.
var reached = func() {}
