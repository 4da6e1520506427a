package optout

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/internal/atomicfile"
)

// ErrSnapshot: the snapshot isn't the one that the log has recorded. The log is read instead.
var ErrSnapshot = errors.New("optout: the snapshot can't be trusted")

// A snapshot is a copy of the index in a file beside the log, so that a start needn't read a log of
// hundreds of millions of entries. It has no raw UIDs. All numbers are little-endian:
//
//	header  magic 8 B, seed of the hash u64, number of the last cell of the log that it covers
//	        u64, id of the log u64, CRC-32C of the rest of the header u32, 4 B of zeros, and for
//	        each segment: its pairs u64, its users u64, the SHA-256 of its bytes
//	segment pairs of buckets: the hashes of both, u64 each, then the seconds, u32 each; the
//	        segments follow one another
//
// The log's figure has the SHA-256 of the header, and so covers every byte. A file that doesn't
// match, because it is damaged or belongs to another log, is not used. A snapshot of this log that
// covers more than the log has shows that the log has lost its end.
const (
	snapshotMagic  = "UID2OPT4"
	seedAt         = len(snapshotMagic)
	coversAt       = seedAt + 8
	logIDAt        = coversAt + 8
	headSumAt      = logIDAt + 8
	sectionsAt     = headSumAt + 8
	sectionSize    = 16 + sha256.Size
	snapshotHeader = sectionsAt + segmentCount*sectionSize
	snapshotPair   = 2 * bucketSize * slotSize // bytes
)

// snapshotter is a Log that can store a snapshot of its index.
type snapshotter interface {
	// openSnapshot returns the snapshot that the log has recorded, or nil if there is none.
	openSnapshot() (*snapshot, error)
	// saveSnapshot stores an index that has all entries up to covers.
	saveSnapshot(ctx context.Context, x *Index, covers uint64) error
	// last returns the number of the last entry, or 0 if there is none.
	last() (uint64, error)
}

// snapshot is a snapshot that is open for reading, with a valid header.
type snapshot struct {
	file   *os.File
	header []byte
}

// section says where a segment is in the file, and what it must hold.
type section struct {
	at    int64
	pairs uint64
	users uint64
	sum   [sha256.Size]byte
}

// openSnapshotFile opens the snapshot whose header has this checksum.
func openSnapshotFile(path string, headerSum []byte) (*snapshot, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	s := &snapshot{file, make([]byte, snapshotHeader)}
	if _, err := io.ReadFull(file, s.header); err != nil {
		file.Close()
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	if sum := sha256.Sum256(s.header); string(sum[:]) != string(headerSum) || string(s.header[:len(snapshotMagic)]) != snapshotMagic {
		file.Close()
		return nil, fmt.Errorf("%w: it isn't the one that the log has recorded", ErrSnapshot)
	}
	return s, nil
}

// snapshotPath returns the path of a log's snapshot.
func snapshotPath(log string) string { return log + ".index" }

// checkSnapshot checks that the snapshot beside a log doesn't cover more than the log has.
func checkSnapshot(path string, id, end uint64) error {
	snap, err := openAnySnapshot(path)
	if err != nil {
		return nil // without a snapshot, nothing can be checked
	}
	defer snap.close()
	if covers := snap.covers(); snap.logID() == id && covers > end {
		return fmt.Errorf("%w: it ends with entry %d, and its snapshot covers %d: an older log was put in its place", ErrDamaged, end, covers)
	}
	return nil
}

// openAnySnapshot opens the snapshot beside a log, whether or not the log has recorded it, if its
// header is intact.
func openAnySnapshot(path string) (*snapshot, error) {
	file, err := os.Open(snapshotPath(path))
	if err != nil {
		return nil, err
	}
	s := &snapshot{file, make([]byte, snapshotHeader)}
	_, err = io.ReadFull(file, s.header)
	if err == nil && (string(s.header[:len(snapshotMagic)]) != snapshotMagic || binary.LittleEndian.Uint32(s.header[headSumAt:]) != headSum(s.header)) {
		err = errSum
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	return s, nil
}

// headSum returns the checksum that a header must have.
func headSum(header []byte) uint32 {
	return crc32.Update(crc32.Checksum(header[:headSumAt], castagnoli), castagnoli, header[headSumAt+4:])
}

func (s *snapshot) logID() uint64 { return binary.LittleEndian.Uint64(s.header[logIDAt:]) }

func (s *snapshot) seed() uint64 { return binary.LittleEndian.Uint64(s.header[seedAt:]) }

func (s *snapshot) covers() uint64 { return binary.LittleEndian.Uint64(s.header[coversAt:]) }

// sections returns where the segments are.
func (s *snapshot) sections() (all [segmentCount]section) {
	at := int64(snapshotHeader)
	for i := range all {
		b := s.header[sectionsAt+i*sectionSize:]
		all[i] = section{at: at, pairs: binary.LittleEndian.Uint64(b), users: binary.LittleEndian.Uint64(b[8:]), sum: [sha256.Size]byte(b[16:])}
		at += int64(all[i].pairs) * snapshotPair
	}
	return all
}

// load adds the users to an index that has the snapshot's seed. After an error, some of them may
// have been added: those of intact segments, so nobody who hasn't opted out.
func (s *snapshot) load(ctx context.Context, x *Index) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, section := range s.sections() {
		if section.pairs == 0 {
			continue
		}
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			t, err := s.readTable(section)
			if err != nil {
				return fmt.Errorf("%w: segment %d: %w", ErrSnapshot, i, err)
			}
			x.users.Add(int64(x.segments[i].install(t, int(section.users))))
			return nil
		})
	}
	return group.Wait()
}

var (
	errSum   = errors.New("it is damaged")
	errUsers = errors.New("its number of users is wrong")
)

func (s *snapshot) readTable(at section) (*table, error) {
	info, err := s.file.Stat()
	if err != nil {
		return nil, err
	}
	size := int64(at.pairs) * snapshotPair
	if at.pairs > uint64(info.Size()) || at.at+size > info.Size() {
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, size)
	if _, err := s.file.ReadAt(b, at.at); err != nil {
		return nil, err
	}
	if sha256.Sum256(b) != at.sum {
		return nil, errSum
	}
	t := newTable(at.pairs)
	if t.decode(b) != at.users || at.users >= uint64(t.slots()) {
		return nil, errUsers // without a free slot, a search wouldn't end
	}
	return t, nil
}

func (s *snapshot) close() { s.file.Close() }

// append appends the bytes of a table.
func (t *table) append(dst []byte) []byte {
	for i := range t.pairs {
		for slot := range 2 * bucketSize {
			dst = binary.LittleEndian.AppendUint64(dst, t.pairs[i].hashes[slot/bucketSize][slot%bucketSize])
		}
		for slot := range 2 * bucketSize {
			dst = binary.LittleEndian.AppendUint32(dst, t.pairs[i].seconds[slot/bucketSize][slot%bucketSize])
		}
	}
	return dst
}

// decode is the inverse of append, and returns the number of users.
func (t *table) decode(b []byte) (users uint64) {
	for i := range t.pairs {
		hashes, seconds := b[:2*bucketSize*8], b[2*bucketSize*8:snapshotPair]
		for slot := range 2 * bucketSize {
			hash := binary.LittleEndian.Uint64(hashes[8*slot:])
			if t.pairs[i].hashes[slot/bucketSize][slot%bucketSize] = hash; hash != 0 {
				users++
			}
			t.pairs[i].seconds[slot/bucketSize][slot%bucketSize] = binary.LittleEndian.Uint32(seconds[4*slot:])
		}
		b = b[snapshotPair:]
	}
	return users
}

// install makes t the segment's table, merges the users of the old table into it, and returns how
// many users were added. Look-ups find the old users all the while.
func (s *segment) install(t *table, users int) (added int) {
	s.writing.Lock()
	defer s.writing.Unlock()
	merged := &segment{users: users}
	merged.table.Store(t)
	if old := s.table.Load(); old != nil {
		old.each(func(hash uint64, seconds uint32) { merged.add(hash, seconds) })
	}
	added = merged.users - s.users
	s.table.Store(merged.table.Load())
	s.users = merged.users
	return added
}

// copy appends the current bytes of the segment.
func (s *segment) copy(dst []byte) (b []byte, pairs, users uint64) {
	s.writing.Lock()
	defer s.writing.Unlock()
	t := s.table.Load()
	if t == nil {
		return dst, 0, 0
	}
	return t.append(dst), uint64(len(t.pairs)), uint64(s.users)
}

// writeSnapshot writes the index of a log to a file atomically, and returns the checksum of the
// header. The index may be in use.
func writeSnapshot(ctx context.Context, path string, x *Index, id, covers uint64) (headerSum [sha256.Size]byte, err error) {
	err = atomicfile.Replace(path, func(file *os.File) error {
		header, err := writeSegments(ctx, file, x)
		if err != nil {
			return err
		}
		binary.LittleEndian.PutUint64(header[coversAt:], covers)
		binary.LittleEndian.PutUint64(header[logIDAt:], id)
		binary.LittleEndian.PutUint32(header[headSumAt:], headSum(header))
		headerSum = sha256.Sum256(header)
		_, err = file.WriteAt(header, 0)
		return err
	})
	return headerSum, err
}

// writeSegments writes the segments after the space for the header, and returns the header.
func writeSegments(ctx context.Context, file *os.File, x *Index) (header []byte, err error) {
	header = append(make([]byte, 0, snapshotHeader), snapshotMagic...)
	header = binary.LittleEndian.AppendUint64(header, x.hasher.seed)
	header = append(header, make([]byte, sectionsAt-len(header))...)
	if _, err := file.Seek(int64(snapshotHeader), io.SeekStart); err != nil {
		return nil, err
	}
	var b []byte
	for i := range x.segments {
		var pairs, users uint64
		b, pairs, users = x.segments[i].copy(b[:0])
		sum := sha256.Sum256(b)
		header = binary.LittleEndian.AppendUint64(header, pairs)
		header = binary.LittleEndian.AppendUint64(header, users)
		header = append(header, sum[:]...)
		if _, err := file.Write(b); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return header, nil
}
