package optout

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// bboltFile is a log in the format of bbolt, which earlier versions wrote, open for reading. It is
// read by this code and not by bbolt, which trusts the pages of a file: a damaged one makes bbolt
// panic, or follow a cycle until the process is killed.
//
//	page    id u64, flags u16, elements u16, further pages u32, elements, keys and values
//	meta    magic u32, version u32, page size u32, flags u32, root bucket, free list u64,
//	        pages u64, transaction u64, FNV-1a of it u64
//	leaf    elements: flags u32, offset of the key from here u32, its size u32, size of the value
//	        after it u32
//	branch  elements: offset of the key from here u32, its size u32, page u64
//	bucket  root page u64, sequence u64; a root page of 0 is inline, in the rest of the value
//
// Numbers are in native byte order.
type bboltFile struct {
	file     *os.File
	size     int64
	pageSize int64
	pages    uint64 // in use now or before
	seen     map[uint64]bool
	entryIn  bboltBucket
	valueIn  bboltBucket
	entries  uint64
	last     uint64 // number of the last record: those of the quarantine follow the entries
	place    place
}

type bboltBucket struct {
	root, sequence uint64
	inline         []byte
}

const (
	bboltMagic       = 0xED0CDAED
	bboltVersion     = 2
	bboltPageHead    = 16
	bboltElement     = 16
	bboltMetaSize    = 64
	bboltBucketHead  = 16
	bboltBranch      = 1
	bboltLeaf        = 2
	bboltBucketFlag  = 1
	bboltMaxDepth    = 32
	bboltMade        = 1  // transaction counter of a file that has had no transaction
	bboltMaxPageBits = 14 // for pages of up to 16 MB
)

var native = binary.NativeEndian

// bboltMeta is a meta page, which locates everything else. There are two, of which the one with the
// later transaction counts.
type bboltMeta struct {
	pageSize                       int64
	root, sequence, pages, counter uint64
}

// isBbolt reports whether a file is in the format of bbolt, even if it is damaged.
func isBbolt(file io.ReaderAt) bool {
	if hasMagic(file, 0) {
		return true
	}
	cell := make([]byte, cellSize)
	if _, err := file.ReadAt(cell, 0); err == nil {
		if _, ok := headerOf(cell); ok {
			return false
		}
	}
	for bits := range bboltMaxPageBits + 1 {
		if hasMagic(file, 1024<<bits) {
			return true
		}
	}
	return false
}

// hasMagic reports whether a meta page begins at this offset.
func hasMagic(file io.ReaderAt, at int64) bool {
	magic := make([]byte, 4)
	_, err := file.ReadAt(magic, at+bboltPageHead)
	return err == nil && native.Uint32(magic) == bboltMagic
}

// readMeta reads the meta page at this offset.
func readMeta(file io.ReaderAt, at int64) (m bboltMeta, ok bool) {
	b := make([]byte, bboltPageHead+bboltMetaSize)
	if _, err := file.ReadAt(b, at); err != nil {
		return m, false
	}
	b = b[bboltPageHead:]
	sum := fnv.New64a()
	sum.Write(b[:bboltMetaSize-8])
	if native.Uint32(b) != bboltMagic || native.Uint32(b[4:]) != bboltVersion || native.Uint64(b[bboltMetaSize-8:]) != sum.Sum64() {
		return m, false
	}
	return bboltMeta{int64(native.Uint32(b[8:])), native.Uint64(b[16:]), native.Uint64(b[24:]), native.Uint64(b[40:]), native.Uint64(b[48:])}, true
}

// readMetas reads both meta pages. If one is damaged, it may have been the newer one, with the last
// transaction.
func readMetas(file io.ReaderAt) (newest bboltMeta, both bool, err error) {
	first, ok0 := readMeta(file, 0)
	second, ok1 := bboltMeta{}, false
	for bits := 0; !ok1 && bits <= bboltMaxPageBits; bits++ {
		if size := int64(1024) << bits; !ok0 || size == first.pageSize {
			second, ok1 = readMeta(file, size)
		}
	}
	switch {
	case !ok0 && !ok1:
		return bboltMeta{}, false, fmt.Errorf("%w: both of its first two pages are damaged", ErrDamaged)
	case !ok0 || ok1 && second.counter > first.counter:
		first, second = second, first
	}
	return first, ok0 && ok1 && first.counter == second.counter+1, nil
}

// openBbolt opens and reads a whole file, which must not be damaged.
func openBbolt(file *os.File) (*bboltFile, error) {
	f, both, err := startBbolt(file)
	if err != nil {
		return nil, err
	}
	if !both {
		return nil, fmt.Errorf("%w: one of its first two pages is damaged, so the last opt-outs may be missing", ErrDamaged)
	}
	return f, f.check()
}

// startBbolt opens a file and finds its buckets.
func startBbolt(file *os.File) (f *bboltFile, both bool, err error) {
	info, err := file.Stat()
	if err != nil {
		return nil, false, err
	}
	meta, both, err := readMetas(file)
	if err != nil {
		return nil, false, err
	}
	f = &bboltFile{file: file, size: info.Size(), pageSize: meta.pageSize, pages: meta.pages, seen: make(map[uint64]bool)}
	if f.pageSize < 512 {
		return nil, false, fmt.Errorf("%w: its pages have no size", ErrDamaged)
	}
	return f, both, f.findBuckets(bboltBucket{root: meta.root}, meta.counter <= bboltMade)
}

// findBuckets finds the buckets in the root, and the place in a stream. Only a file whose process
// died before the first transaction may have none.
func (f *bboltFile) findBuckets(root bboltBucket, mayBeEmpty bool) error {
	var stream bboltBucket
	names := map[string]*bboltBucket{"entries": &f.entryIn, "quarantine": &f.valueIn, "stream": &stream}
	elements, found := 0, make(map[string]bool)
	err := f.walk(root, func(flags uint32, key, value []byte) error {
		elements++
		bucket := names[string(key)]
		if bucket == nil || flags != bboltBucketFlag {
			return nil
		}
		if len(value) < bboltBucketHead {
			return f.wrong("a bucket is cut off")
		}
		*bucket = bboltBucket{native.Uint64(value), native.Uint64(value[8:]), value[bboltBucketHead:]}
		found[string(key)] = true
		return nil
	})
	if err != nil || elements == 0 && mayBeEmpty {
		return err
	}
	if !found["entries"] || !found["quarantine"] { // the others were added later
		return f.wrong("a bucket is missing")
	}
	return f.walk(stream, func(_ uint32, _, value []byte) error {
		f.place = placeOf(value)
		return nil
	})
}

func (f *bboltFile) wrong(what string) error { return fmt.Errorf("%w: %s", ErrDamaged, what) }

// walk calls do for each element of a bucket, in order of keys.
func (f *bboltFile) walk(bucket bboltBucket, do func(flags uint32, key, value []byte) error) error {
	switch {
	case bucket.root == 0 && bucket.inline == nil:
		return nil
	case bucket.root == 0:
		return f.leaf(bucket.inline, 0, do)
	}
	return f.walkPage(bucket.root, 0, do)
}

func (f *bboltFile) walkPage(id uint64, depth int, do func(flags uint32, key, value []byte) error) error {
	if depth > bboltMaxDepth || f.seen[id] {
		return fmt.Errorf("%w: page %d is in use twice", ErrDamaged, id)
	}
	f.seen[id] = true
	defer delete(f.seen, id)
	page, err := f.page(id)
	if err != nil {
		return err
	}
	if native.Uint16(page[8:]) == bboltLeaf {
		return f.leaf(page, id, do)
	}
	if native.Uint16(page[8:]) != bboltBranch {
		return fmt.Errorf("%w: page %d isn't a page of a tree", ErrDamaged, id)
	}
	for i := range int(native.Uint16(page[10:])) {
		at := bboltPageHead + i*bboltElement
		if at+bboltElement > len(page) {
			return fmt.Errorf("%w: page %d is cut off", ErrDamaged, id)
		}
		if err := f.walkPage(native.Uint64(page[at+8:]), depth+1, do); err != nil {
			return err
		}
	}
	return nil
}

// page reads a page and its overflow pages.
func (f *bboltFile) page(id uint64) ([]byte, error) {
	if id < 2 || id >= f.pages || int64(id) > f.size/f.pageSize {
		return nil, fmt.Errorf("%w: page %d doesn't exist", ErrDamaged, id)
	}
	head := make([]byte, bboltPageHead)
	if _, err := f.file.ReadAt(head, int64(id)*f.pageSize); err != nil {
		return nil, fmt.Errorf("%w: page %d: %w", ErrDamaged, id, err)
	}
	length := (int64(native.Uint32(head[12:])) + 1) * f.pageSize
	if native.Uint64(head) != id || int64(id)*f.pageSize+length > f.size {
		return nil, fmt.Errorf("%w: page %d isn't what it should be", ErrDamaged, id)
	}
	page := make([]byte, length)
	if _, err := f.file.ReadAt(page, int64(id)*f.pageSize); err != nil {
		return nil, fmt.Errorf("%w: page %d: %w", ErrDamaged, id, err)
	}
	return page, nil
}

// leaf calls do for each element of a leaf page.
func (f *bboltFile) leaf(page []byte, id uint64, do func(flags uint32, key, value []byte) error) error {
	cut := fmt.Errorf("%w: page %d is cut off", ErrDamaged, id)
	if len(page) < bboltPageHead {
		return cut
	}
	for i := range int(native.Uint16(page[10:])) {
		at := bboltPageHead + i*bboltElement
		if at+bboltElement > len(page) {
			return cut
		}
		element := page[at:]
		key := uint64(at) + uint64(native.Uint32(element[4:]))
		value := key + uint64(native.Uint32(element[8:]))
		end := value + uint64(native.Uint32(element[12:]))
		if end > uint64(len(page)) {
			return cut
		}
		if err := do(native.Uint32(element), page[key:value], page[value:end]); err != nil {
			return err
		}
	}
	return nil
}

// check reads and checks all records.
func (f *bboltFile) check() error {
	if err := f.all(func(*record) error { return nil }); err != nil {
		return fmt.Errorf("%w", err)
	}
	f.entries, f.last = f.entryIn.sequence, f.entryIn.sequence+f.valueIn.sequence
	return nil
}

// all calls do for each record. The records' numbers must be consecutive, and end where the buckets
// say.
func (f *bboltFile) all(do func(*record) error) error {
	var r record
	next := uint64(1)
	numbered := func(bucket bboltBucket, what string, read func(value []byte) error) error {
		expected := uint64(1)
		err := f.walk(bucket, func(flags uint32, key, value []byte) error {
			if flags != 0 || len(key) != 8 || binary.BigEndian.Uint64(key) != expected {
				return fmt.Errorf("%w: %s %d is missing", ErrDamaged, what, expected)
			}
			if err := read(value); err != nil {
				return fmt.Errorf("%w: %s %d: %w", ErrDamaged, what, expected, err)
			}
			r.number = next
			next++
			expected++
			return do(&r)
		})
		if err == nil && expected != bucket.sequence+1 {
			return fmt.Errorf("%w: it ends with %s %d, but should have %d", ErrDamaged, what, expected-1, bucket.sequence)
		}
		return err
	}
	r.kind = kindEntry
	if err := numbered(f.entryIn, "entry", func(value []byte) (err error) { r.entry, err = parseEntry(value); return err }); err != nil {
		return err
	}
	r.kind = kindValue
	return numbered(f.valueIn, "quarantined value", func(value []byte) error {
		if len(value) < 8 {
			return ErrEntry
		}
		r.receivedMs, r.what = int64(binary.BigEndian.Uint64(value)), value[8:]
		return nil
	})
}

// each implements source.
func (f *bboltFile) each(ctx context.Context, from, to uint64, do func(*record) error) error {
	return f.all(func(r *record) error {
		if r.number < from || r.number > to {
			return nil
		}
		if r.number%readChunk == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		return do(r)
	})
}

func (f *bboltFile) close() error { return f.file.Close() }

// scavenge collects entries and quarantined values from a damaged file: from the pages of their
// buckets as far as those can be read and, where a number is missing, from any page that looks like
// a leaf page with entries.
func (f *bboltFile) scavenge(entries map[uint64]Entry, values map[uint64][]byte) error {
	take := func(anywhere bool) func(flags uint32, key, value []byte) error {
		return func(flags uint32, key, value []byte) error {
			if flags != 0 || len(key) != 8 {
				return nil
			}
			number := binary.BigEndian.Uint64(key)
			if anywhere && f.entryIn.sequence > 0 && number > f.entryIn.sequence {
				return nil
			}
			if entry, err := parseEntry(value); err == nil {
				if _, known := entries[number]; !known {
					entries[number] = entry
				}
			}
			return nil
		}
	}
	_ = f.walk(f.entryIn, take(false)) // as far as it can be read
	_ = f.walk(f.valueIn, func(flags uint32, key, value []byte) error {
		if flags == 0 && len(key) == 8 && len(value) >= 8 {
			values[binary.BigEndian.Uint64(key)] = value
		}
		return nil
	})
	if f.entryIn.sequence > 0 && uint64(len(entries)) == f.entryIn.sequence {
		return nil
	}
	for id := uint64(2); int64(id) < f.size/f.pageSize; id++ {
		f.pages = max(f.pages, id+1)
		page, err := f.page(id)
		if err == nil && native.Uint16(page[8:]) == bboltLeaf {
			_ = f.leaf(page, id, take(true))
		}
	}
	return nil
}
