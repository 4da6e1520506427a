package optout

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func aFigure() figure {
	return figure{turn: 1, id: 2, end: 3, entries: 4, place: place{5, 6, 7}, placed: 8, covers: 9, snapshot: [32]byte{10, 31: 11}}
}

// TestFigureBytes pins the bytes of a figure, which all later versions must be able to read;
// changing any of them is noticed.
func TestFigureBytes(t *testing.T) {
	f := aFigure()
	b := f.bytes()
	want := hex.EncodeToString([]byte("UID2END2"))
	for n := byte(1); n <= 9; n++ {
		want += strings.Repeat("00", 7) + hex.EncodeToString([]byte{n})
	}
	want += "0a" + strings.Repeat("00", 30) + "0b"
	if got := hex.EncodeToString(b[:len(b)-4]); got != want || len(b) != figureSize {
		t.Errorf("%d bytes\n%s, want\n%s", len(b), got, want)
	}
	if again, ok := figureOf(b); !ok || again != f {
		t.Errorf("%+v, %v", again, ok)
	}
	for bit := range 8 * len(b) {
		damaged := bytes.Clone(b)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, ok := figureOf(damaged); ok {
			t.Errorf("bit %d", bit)
		}
	}
}

// TestFigureBefore: figures from before there was a field placed can be read.
func TestFigureBefore(t *testing.T) {
	f := aFigure()
	b := f.bytes()
	placed := len(figureMagic) + 4*8 + placeSize
	old := append([]byte("UID2END\n"), b[len(figureMagic):placed]...)
	old = append(old, b[placed+8:len(b)-4]...)
	old = binary.BigEndian.AppendUint32(old, crc32.Checksum(old, castagnoli))
	f.placed = f.end
	for _, behind := range []int{0, 8, 100} {
		if got, ok := figureOf(append(bytes.Clone(old), make([]byte, behind)...)); !ok || got != f {
			t.Errorf("%+v, %v", got, ok)
		}
	}
	for bit := range 8 * len(old) {
		damaged := append(bytes.Clone(old), make([]byte, 8)...)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, ok := figureOf(damaged); ok {
			t.Errorf("bit %d", bit)
		}
	}
}

// TestFigureSlots: of two slots, the newer one counts, whichever it is; a crash while one is
// written leaves the other.
func TestFigureSlots(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	if err := createFigure(log, aFigure()); err != nil {
		t.Fatal(err)
	}
	file, err := openFigure(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	slotsOf := func(wantDamaged int) []figure {
		t.Helper()
		found, damaged, err := readFigures(file)
		if err != nil || damaged != wantDamaged || len(found)+damaged != slots {
			t.Fatalf("%d found, %d damaged, %v", len(found), damaged, err)
		}
		return found
	}
	found := slotsOf(0)
	if found[0].turn != 3 || found[1].turn != 2 {
		t.Errorf("turns %d and %d of a new one", found[0].turn, found[1].turn)
	}
	f := figureFile{file: file, now: found[0]}
	for end := uint64(100); end < 104; end++ {
		next := f.now
		next.end = end
		if err := f.set(next); err != nil {
			t.Fatal(err)
		}
		if found := slotsOf(0); found[0].end != end || found[1].end == end || found[0] != f.now || found[0].turn != found[1].turn+1 {
			t.Errorf("%+v", found)
		}
	}
	whole, err := os.ReadFile(figurePath(log))
	if err != nil {
		t.Fatal(err)
	}
	if len(whole) != 4096+figureSize || string(whole[:8]) != "UID2END2" || string(whole[4096:4096+8]) != "UID2END2" {
		t.Errorf("%d bytes: the slots aren't on pages of their own", len(whole))
	}
	for slot := range int64(slots) {
		if _, err := file.WriteAt([]byte("damage"), slot*slotSpacing); err != nil {
			t.Fatal(err)
		}
		if found := slotsOf(1); found[0].turn%slots == uint64(slot) {
			t.Error("the damaged slot is taken")
		}
		if _, err := file.WriteAt(whole, 0); err != nil {
			t.Fatal(err)
		}
	}
	next := f.now
	next.id = 77
	if err := f.setBoth(next); err != nil {
		t.Fatal(err)
	}
	if found := slotsOf(0); found[0].id != 77 || found[1].id != 77 {
		t.Errorf("one is left of another log: %+v", found)
	}
	if err := file.Truncate(slotSpacing + int64(figureSize) - 1); err != nil {
		t.Fatal(err)
	}
	slotsOf(1)
}

// TestPick: the newest figure of the log is used, and none of another log.
func TestPick(t *testing.T) {
	found := []figure{{id: 1, end: 30}, {id: 2, end: 20}, {id: 2, end: 10}}
	for id, end := range map[uint64]uint64{1: 30, 2: 20} {
		if f, err := pick(found, id); f.end != end || err != nil {
			t.Errorf("of %d: %d, %v", id, f.end, err)
		}
	}
	if _, err := pick(found, 3); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// TestPlaceBytes: a place can be read as it was written, and no other size is valid.
func TestPlaceBytes(t *testing.T) {
	p := place{1, 2, 3}
	if got := hex.EncodeToString(p.bytes()); got != "000000000000000100000000000000020000000000000003" || placeOf(p.bytes()) != p {
		t.Errorf("%s, %+v", got, placeOf(p.bytes()))
	}
	for _, b := range [][]byte{nil, p.bytes()[1:], append(p.bytes(), 0)} {
		if placeOf(b) != (place{}) {
			t.Errorf("%d bytes: %+v", len(b), placeOf(b))
		}
	}
}

// TestFigureNotWritten: a figure that can't be written is an error, and the previous one still
// counts.
func TestFigureNotWritten(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	if err := createFigure(log, aFigure()); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(figurePath(log)) // read-only
	if err != nil {
		t.Fatal(err)
	}
	f := figureFile{file: file, now: aFigure()}
	if err := errors.Join(f.set(figure{id: 9})); err == nil || f.now != aFigure() {
		t.Errorf("set: %v, %+v", err, f.now)
	}
	if err := errors.Join(f.setBoth(figure{id: 9})); err == nil || f.now != aFigure() {
		t.Errorf("both set: %v, %+v", err, f.now)
	}
	file.Close()
	if _, _, err := readFigures(file); !errors.Is(err, os.ErrClosed) {
		t.Errorf("read: %v", err)
	}
	if err := createFigure(filepath.Join(log, "none"), aFigure()); err == nil {
		t.Error("created in a missing directory")
	}
	if err := os.Mkdir(log+".whole", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeWhole(log+".whole", []byte("x")); err == nil {
		t.Error("a file took the place of a directory")
	}
	if _, err := os.Stat(log + ".whole.new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is left: %v", err)
	}
}

// TestWholeOrNotAtAll: writeWhole is atomic: until the end, the old content is there.
func TestWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range []string{"first", "the second one"} {
		before, _ := os.ReadFile(path)
		steps := 0
		restore := OnStep(func() {
			want := string(before)
			if steps++; steps == 2 {
				want = content
			}
			if b, _ := os.ReadFile(path); string(b) != want {
				t.Errorf("step %d: %q, want %q", steps, b, want)
			}
		})
		err := writeWhole(path, []byte(content))
		if restore(); err != nil || steps != 2 {
			t.Errorf("%v after %d steps", err, steps)
		}
	}
	if all, err := os.ReadDir(filepath.Dir(path)); len(all) != 1 || err != nil {
		t.Errorf("%d files, %v", len(all), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
