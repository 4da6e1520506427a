package optout

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrLocked: another process has the log open.
	ErrLocked = errors.New("optout: the file is in use by another process")
	// ErrDamaged: a log that isn't whole. It is never taken for complete. See [Verify] and [Repair].
	ErrDamaged = errors.New("optout: the log is damaged (uid2 optout verify says what is wrong, uid2 optout repair keeps what is whole)")
	// ErrReplaced: somebody removed the file of a log that is in use, or put another one in its place.
	ErrReplaced = errors.New("optout: the file was removed or replaced while it is in use; nothing more is kept until a new start")
	// ErrVersion: a log of a newer version than this one.
	ErrVersion = errors.New("optout: the log has a newer format than this version of the program can read: don't go back to it, or restore a backup from before")
	// ErrReadOnly: a log that was opened with [OpenReadOnly].
	ErrReadOnly = errors.New("optout: the log is open for reading only")
)

const (
	// maxCommit is how many writes go into one batch, and so share its fsyncs.
	maxCommit = 4096
	// lockTimeout is how long to wait for a file that another process is about to leave.
	lockTimeout = time.Second
	// lockAgain is how often a lock is tried.
	lockAgain = 50 * time.Millisecond
)

// File is a log in one file, of mode 0600, with a second one beside it that says where it ends. Writes that come at the same time
// share an fsync of each. It is safe under kill -9 and loss of power, so far as the disk does what fsync asks for; and where the
// disk doesn't, or somebody damages the files or puts older ones in their place, that is noticed and an error: ErrDamaged.
type File struct {
	path     string
	readOnly bool

	ready   chan struct{} // closed once it is open, or can't be opened
	openErr error         // why it can't
	log     source
	figure  figureFile // the commit goroutine's
	file    *os.File   // nil of one in the old format
	tail    []byte     // the last cell, as it must be

	end      atomic.Uint64 // the number of the last cell
	verified atomic.Uint64 // cells up to this number were read since the start, and are right
	known    atomic.Pointer[figure]
	state    logState

	writes  chan *write
	closing chan struct{}
	closed  sync.Once
	done    chan struct{}
	commits latency
}

var (
	_ Log         = (*File)(nil)
	_ snapshotter = (*File)(nil)
	_ measured    = (*File)(nil)
	_ delayed     = (*File)(nil)
	_ guarded     = (*File)(nil)

	_ keeperOfHashes = (*File)(nil)
)

// source is where records are read from.
type source interface {
	// each calls f for each record from a number on, up to a cell. The record is valid during the call.
	each(ctx context.Context, from, to uint64, f func(*record) error) error
	close() error
}

// write is something to add to the log.
type write struct {
	cells   []byte        // without checksums
	entries uint64        // among them
	figure  func(*figure) // changes more of the figure than its end; nil if nothing
	err     chan error    // of capacity 1
}

// FileOption sets one thing of a File.
type FileOption func(*File)

// WaitForLock lets [OpenFile] return at once although another process has the log open, as in a restart whose processes overlap, or
// although it is one of an earlier version, which takes some time. Until the log is open, a Store of it is not synced, and appending
// fails, with ErrLocked in the former case.
func WaitForLock() FileOption { return func(b *File) { b.ready = make(chan struct{}) } }

// OpenFile opens a log, or creates it if neither it nor what belongs to it is there. Its directory must exist. A log in the format
// of bbolt, as earlier versions wrote it, is read and written anew. Without WaitForLock it waits a moment for a process that is
// about to leave the log.
func OpenFile(path string, opts ...FileOption) (*File, error) {
	b := newFile(path)
	for _, opt := range opts {
		opt(b)
	}
	if b.ready != nil {
		return b.openLater()
	}
	b.ready = make(chan struct{})
	defer close(b.ready)
	err := b.open()
	for start := time.Now(); errors.Is(err, ErrLocked) && time.Since(start) < lockTimeout; err = b.open() {
		time.Sleep(lockAgain)
	}
	if err != nil {
		return nil, err
	}
	go b.commit()
	return b, nil
}

// OpenReadOnly opens a log for reading, also one on a medium that can't be written to. It creates nothing.
func OpenReadOnly(path string) (*File, error) {
	b := newFile(path)
	b.readOnly = true
	b.ready = make(chan struct{})
	defer close(b.ready)
	close(b.done)
	err := b.openToRead()
	for start := time.Now(); errors.Is(err, ErrLocked) && time.Since(start) < lockTimeout; err = b.openToRead() {
		time.Sleep(lockAgain)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

func newFile(path string) *File {
	return &File{path: path, writes: make(chan *write, maxCommit), closing: make(chan struct{}), done: make(chan struct{})}
}

// errUpgrading: see upgrade.
var errUpgrading = errors.New("optout: the log of an earlier version is being written anew")

// openLater opens the log now, or in the background: when it is free, and if it has to be written anew.
func (b *File) openLater() (*File, error) {
	var err error
	if b.isOld() {
		err = errUpgrading
	} else if err = b.open(); err == nil {
		close(b.ready)
		go b.commit()
		return b, nil
	} else if !errors.Is(err, ErrLocked) {
		return nil, err
	}
	b.state.set(err)
	go b.openInBackground()
	return b, nil
}

// isOld reports whether the log is in the old format.
func (b *File) isOld() bool {
	file, err := os.Open(b.path)
	if err != nil {
		return false
	}
	defer file.Close()
	return isBbolt(file)
}

// openInBackground opens the log when it is free.
func (b *File) openInBackground() {
	err := b.open()
	for errors.Is(err, ErrLocked) {
		select {
		case <-time.After(lockAgain):
			err = b.open()
		case <-b.closing:
			err = ErrClosed
		}
	}
	if b.openErr = err; !errors.Is(err, ErrClosed) {
		b.state.set(err)
	}
	close(b.ready)
	if err != nil {
		close(b.done)
		return
	}
	b.commit()
}

// opened implements delayed.
func (b *File) opened() <-chan struct{} { return b.ready }

// wait waits until the log is open.
func (b *File) wait(ctx context.Context) error {
	select {
	case <-b.ready:
		return b.openErr
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Append implements [Log].
func (b *File) Append(ctx context.Context, e Entry) error {
	return b.write(ctx, &write{cells: appendCell(nil, kindEntry, e.append(nil)), entries: 1})
}

// AppendAll adds entries together, and returns when they are durable. If there is an error, some of them may be there.
func (b *File) AppendAll(ctx context.Context, entries []Entry) error {
	w := &write{entries: uint64(len(entries))}
	for i := range entries {
		w.cells = appendCell(w.cells, kindEntry, entries[i].append(nil))
	}
	return b.write(ctx, w)
}

// Quarantine implements [Log].
func (b *File) Quarantine(ctx context.Context, what []byte, receivedMs int64) error {
	return b.write(ctx, &write{cells: appendValue(nil, what, receivedMs)})
}

// appendAt appends what came from a stream, together with its place. The place is durable after the rest is: after a crash
// between the two, the rest comes again.
func (b *File) appendAt(ctx context.Context, got arrived) error {
	w := &write{entries: uint64(len(got.entries)), figure: func(f *figure) { f.place = got.at }}
	for i := range got.entries {
		w.cells = appendCell(w.cells, kindEntry, got.entries[i].append(nil))
	}
	receivedMs := time.Now().UnixMilli()
	for _, what := range got.strange {
		w.cells = appendValue(w.cells, what, receivedMs)
	}
	return b.write(ctx, w)
}

// place returns how far the file is a copy of which stream.
func (b *File) place() (place, error) {
	if err := b.wait(context.Background()); err != nil {
		return place{}, err
	}
	return b.known.Load().place, nil
}

func (b *File) write(ctx context.Context, w *write) error {
	select {
	case <-b.ready:
	case <-b.closing:
		return ErrClosed
	default:
		return b.state.get()
	}
	if b.openErr != nil {
		return b.openErr
	}
	if b.readOnly {
		return ErrReadOnly
	}
	w.err = make(chan error, 1)
	select {
	case b.writes <- w:
	case <-b.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-w.err:
		return err
	case <-b.done: // it may have been answered on the way out
		select {
		case err := <-w.err:
			return err
		default:
			return ErrClosed
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// commit is the one goroutine that writes.
func (b *File) commit() {
	defer close(b.done)
	for {
		select {
		case first := <-b.writes:
			b.commitBatch(b.gather(first))
		case <-b.closing:
			return
		}
	}
}

// gather takes what is waiting.
func (b *File) gather(first *write) []*write {
	batch := []*write{first}
	for len(batch) < maxCommit {
		select {
		case w := <-b.writes:
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

func (b *File) commitBatch(batch []*write) {
	start := time.Now()
	err := b.state.failure()
	if err == nil {
		err = b.append(batch)
	}
	b.commits.add(time.Since(start))
	if err != nil {
		err = fmt.Errorf("optout: the log can't be written: %w", err)
	}
	for _, w := range batch {
		w.err <- err
	}
}

// append makes a batch durable: first its cells, then the figure that says that they are there. What a failure leaves behind the
// end is overwritten by the next batch, or found whole by the next start, which keeps it.
func (b *File) append(batch []*write) error {
	var cells []byte
	next := b.figure.now
	for _, w := range batch {
		cells = append(cells, w.cells...)
		next.entries += w.entries
		if w.figure != nil {
			w.figure(&next)
		}
	}
	if err := b.checkUnchanged(); err != nil {
		return err
	}
	if len(cells) > 0 {
		seal(next.id, next.end+1, cells)
		if _, err := b.file.WriteAt(cells, offset(next.end+1)); err != nil {
			return err
		}
		if err := dataSync(b.file); err != nil {
			return err
		}
		next.end += uint64(len(cells) / cellSize)
	}
	if err := b.figure.set(next); err != nil {
		return err
	}
	if err := b.checkNames(); err != nil { // since a moment ago: what was written is nowhere
		return err
	}
	if len(cells) > 0 {
		b.tail = append(b.tail[:0], cells[len(cells)-cellSize:]...)
	}
	b.know(b.figure.now)
	return nil
}

// know lets readers know how far the log goes.
func (b *File) know(f figure) {
	b.known.Store(&f)
	b.end.Store(f.end)
}

// offset is where a cell is in the file.
func offset(number uint64) int64 { return int64(number) * cellSize }

// last implements snapshotter.
func (b *File) last() (uint64, error) { return b.end.Load(), nil }

// commitLatency implements measured.
func (b *File) commitLatency() Latency { return b.commits.read() }

// Replay implements [Log]. Where the log is damaged it ends with ErrDamaged.
func (b *File) Replay(ctx context.Context, after uint64, f func(number uint64, e Entry) error) error {
	return b.records(ctx, after, func(r *record) error {
		if r.kind != kindEntry {
			return nil
		}
		return f(r.number, r.entry)
	})
}

// seed implements keeperOfHashes. Hashes are at the beginning of a log.
func (b *File) seed() (seed uint64, ok bool) {
	err := b.hashes(context.Background(), func(h hashed) error {
		seed, ok = h.seed, true
		return errStop
	})
	return seed, ok && err == nil
}

// eachHash implements keeperOfHashes.
func (b *File) eachHash(ctx context.Context, f func(hash uint64, seconds uint32)) error {
	return b.hashes(ctx, func(h hashed) error {
		f(h.hash, h.seconds)
		return nil
	})
}

// errStop ends a reading.
var errStop = errors.New("stop")

// Hashed returns how many users the log knows by a hash alone, see [Repair].
func (b *File) Hashed(ctx context.Context) (users int, err error) {
	err = b.eachHash(ctx, func(uint64, uint32) { users++ })
	return users, err
}

func (b *File) hashes(ctx context.Context, f func(hashed) error) error {
	if err := b.wait(ctx); err != nil {
		return err
	}
	if b.end.Load() == 0 {
		return nil
	}
	err := b.log.each(ctx, 1, b.end.Load(), func(r *record) error {
		if r.kind != kindHashed {
			return errStop
		}
		return f(r.hashed)
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// Quarantined calls f for what is in the quarantine, in the order in which it came, until f or ctx ends it. what is valid
// only during the call.
func (b *File) Quarantined(ctx context.Context, f func(receivedMs int64, what []byte) error) error {
	return b.records(ctx, 0, func(r *record) error {
		if r.kind != kindValue {
			return nil
		}
		return f(r.receivedMs, r.what)
	})
}

// records reads what is behind a cell, until nothing more is there.
func (b *File) records(ctx context.Context, after uint64, f func(*record) error) error {
	if err := b.wait(ctx); err != nil {
		return err
	}
	for end := b.end.Load(); after < end; end = b.end.Load() {
		if err := b.log.each(ctx, after+1, end, f); err != nil {
			if errors.Is(err, os.ErrClosed) {
				return ErrClosed
			}
			return err
		}
		b.readTo(after, end)
		after = end
	}
	return nil
}

// readTo notes that the cells behind one, up to another one, are right.
func (b *File) readTo(after, end uint64) {
	for verified := b.verified.Load(); after <= verified && verified < end; verified = b.verified.Load() {
		if b.verified.CompareAndSwap(verified, end) {
			return
		}
	}
}

// scrubPause is how long the reading of what nobody waits for rests after so many records.
const scrubPause, scrubPauseEvery = 5 * time.Millisecond, readChunk

// scrub implements guarded.
func (b *File) scrub(ctx context.Context, everything bool) error {
	if everything {
		b.verified.Store(0)
	}
	records := 0
	err := b.records(ctx, b.verified.Load(), func(*record) error {
		if records++; records%scrubPauseEvery == 0 {
			time.Sleep(scrubPause)
		}
		return nil
	})
	if errors.Is(err, ErrDamaged) {
		b.state.set(err)
	}
	return err
}

// openSnapshot implements snapshotter.
func (b *File) openSnapshot() (*snapshot, error) {
	if err := b.wait(context.Background()); err != nil {
		return nil, err
	}
	known := b.known.Load()
	if known.snapshot == [32]byte{} {
		return nil, nil
	}
	return openSnapshotFile(snapshotPath(b.path), known.snapshot[:])
}

// saveSnapshot implements snapshotter. What the log has must be right before: its snapshot is another witness of it. If it ends between
// the two writes, the log knows of another snapshot than the one that is there, and the next start reads the log.
func (b *File) saveSnapshot(ctx context.Context, x *Index, covers uint64) error {
	if b.readOnly {
		return ErrReadOnly
	}
	if err := b.scrub(ctx, false); err != nil {
		return err
	}
	headerSum, err := writeSnapshot(ctx, snapshotPath(b.path), x, b.known.Load().id, covers)
	if err != nil {
		return fmt.Errorf("optout: the snapshot can't be written: %w", err)
	}
	return b.write(ctx, &write{figure: func(f *figure) { f.covers, f.snapshot = covers, headerSum }})
}

// Close implements [Log]. It may be called again.
func (b *File) Close() (err error) {
	b.closed.Do(func() {
		close(b.closing)
		<-b.done
		if b.openErr == nil {
			err = b.closeFiles()
		}
	})
	return err
}

func (b *File) closeFiles() error {
	var err error
	if b.figure.file != nil {
		err = b.figure.file.Close()
	}
	return errors.Join(err, b.log.close())
}

// cells is the source of a file in the format of package optout.
type cells struct {
	file *os.File
	id   uint64
}

// readChunk is how many cells are read at a time.
const readChunk = 1 << 14

func (c cells) each(ctx context.Context, from, to uint64, f func(*record) error) error {
	r := reader{id: c.id}
	buffer := make([]byte, min(readChunk, to-from+1)*cellSize)
	for number := from; number <= to; {
		if err := ctx.Err(); err != nil {
			return err
		}
		chunk := buffer[:min(readChunk, to-number+1)*cellSize]
		if n, err := c.file.ReadAt(chunk, offset(number)); err != nil {
			if errors.Is(err, os.ErrClosed) {
				return err
			}
			return damage{number + uint64(n/cellSize), missing(err)}
		}
		for ; len(chunk) > 0; chunk = chunk[cellSize:] {
			complete, err := r.next(number, chunk[:cellSize])
			if err != nil {
				return damage{number, err}
			}
			if complete {
				if err := f(&r.record); err != nil {
					return err
				}
			}
			number++
		}
	}
	if r.missing > 0 {
		return damage{to, errPart}
	}
	return nil
}

func (c cells) close() error { return c.file.Close() }

// damage is where a log is damaged. It is ErrDamaged.
type damage struct {
	number uint64
	cause  error
}

func (d damage) Error() string {
	return fmt.Sprintf("%v: entry %d, at byte %d: %v", ErrDamaged, d.number, offset(d.number), d.cause)
}

func (d damage) Unwrap() []error { return []error{ErrDamaged, d.cause} }

// newID makes the id of a file, which is never 0.
func newID() uint64 { return max(1, newHasher().seed) }

// intact reports whether a cell has the checksum of its number in a file.
func intact(id, number uint64, cell []byte) bool {
	return binary.BigEndian.Uint32(cell[checksumAt:]) == checksum(id, number, cell)
}
