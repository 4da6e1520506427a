package optout

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// ErrLocked: another process has the file open.
var ErrLocked = errors.New("optout: the file is in use by another process")

var (
	entriesBucket    = []byte("entries")
	quarantineBucket = []byte("quarantine")
	streamBucket     = []byte("stream")   // of which stream the file is a copy, and how far
	snapshotBucket   = []byte("snapshot") // which snapshot of the index can be trusted
)

// Keys of streamBucket and snapshotBucket.
var (
	placeKey  = []byte("place")  // see place
	headerKey = []byte("header") // SHA-256
)

const (
	// maxCommit is how many writes go into one transaction, and so share one fsync.
	maxCommit = 4096
	// replayBatch is how many entries are read in one transaction: a long one would keep the file from reusing its space.
	replayBatch = 100_000
	// lockTimeout is how long to wait for a file that another process is about to leave.
	lockTimeout = time.Second
)

// Bolt is a log in one file, of mode 0600. Writes that come at the same time share a transaction. It is safe under kill -9 and
// loss of power, so far as the disk does what fsync asks for.
type Bolt struct {
	db      *bbolt.DB
	writes  chan *write
	closing chan struct{}
	closed  sync.Once
	done    chan struct{}
	commits latency
}

var (
	_ Log         = (*Bolt)(nil)
	_ snapshotter = (*Bolt)(nil)
	_ measured    = (*Bolt)(nil)
)

// write is something to do to the file.
type write struct {
	do  func(*bbolt.Tx) error
	err chan error // of capacity 1
}

// ErrDamaged: a log file that can't be read as one.
var ErrDamaged = errors.New("optout: the log is damaged")

// OpenBolt opens or creates a log file. Its directory must exist.
func OpenBolt(path string) (*Bolt, error) {
	db, err := openFile(path)
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("optout: the log can't be opened: %w", err)
	}
	err = recovered(func() error { return db.Update(createBuckets) })
	if err == nil {
		err = syncDir(path)
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("optout: the log can't be written: %w", err)
	}
	b := &Bolt{db: db, writes: make(chan *write, maxCommit), closing: make(chan struct{}), done: make(chan struct{})}
	go b.commit()
	return b, nil
}

// openFile opens the file that has the name once the lock is held: while one waits for it, a compaction may have put another file in
// its place, and what is written into the old one is lost.
func openFile(path string) (*bbolt.DB, error) {
	for {
		var file *os.File
		options := &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType, OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			file, err = os.OpenFile(name, flag, mode)
			return file, err
		}}
		var db *bbolt.DB
		err := recovered(func() (err error) { db, err = bbolt.Open(path, 0o600, options); return err })
		if err != nil {
			return nil, err
		}
		locked, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		if named, err := os.Stat(path); err == nil && os.SameFile(locked, named) {
			return db, nil
		}
		if err := db.Close(); err != nil {
			return nil, err
		}
	}
}

// recovered does something with a file of bbolt's, which panics where it finds one damaged, or follows a number in it to where no
// memory is.
func recovered(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, cause)
		}
	}()
	return do()
}

func createBuckets(tx *bbolt.Tx) error {
	for _, name := range [][]byte{entriesBucket, quarantineBucket, streamBucket, snapshotBucket} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

// Append implements [Log].
func (b *Bolt) Append(ctx context.Context, e Entry) error {
	return b.write(ctx, appendTo(entriesBucket, e.append(nil)))
}

// Quarantine implements [Log].
func (b *Bolt) Quarantine(ctx context.Context, what []byte, receivedMs int64) error {
	return b.write(ctx, appendTo(quarantineBucket, quarantined(what, receivedMs)))
}

// appendTo appends a value to a bucket.
func appendTo(bucket, value []byte) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error { return put(tx.Bucket(bucket), value) }
}

// appendAt appends what came from a stream, together with its place.
func (b *Bolt) appendAt(ctx context.Context, got arrived) error {
	receivedMs := time.Now().UnixMilli()
	return b.write(ctx, func(tx *bbolt.Tx) error {
		for i := range got.entries {
			if err := put(tx.Bucket(entriesBucket), got.entries[i].append(nil)); err != nil {
				return err
			}
		}
		for _, what := range got.strange {
			if err := put(tx.Bucket(quarantineBucket), quarantined(what, receivedMs)); err != nil {
				return err
			}
		}
		return tx.Bucket(streamBucket).Put(placeKey, got.at.bytes())
	})
}

// quarantined is what was no opt-out, as it is kept.
func quarantined(what []byte, receivedMs int64) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(receivedMs)), what...)
}

// place returns how far the file is a copy of which stream.
func (b *Bolt) place() (at place, err error) {
	err = b.view(func(tx *bbolt.Tx) error {
		at = placeOf(tx.Bucket(streamBucket).Get(placeKey))
		return nil
	})
	return at, err
}

func (b *Bolt) write(ctx context.Context, do func(*bbolt.Tx) error) error {
	w := &write{do, make(chan error, 1)}
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
func (b *Bolt) commit() {
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
func (b *Bolt) gather(first *write) []*write {
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

func (b *Bolt) commitBatch(batch []*write) {
	start := time.Now()
	err := recovered(func() error {
		return b.db.Update(func(tx *bbolt.Tx) error {
			for _, w := range batch {
				if err := w.do(tx); err != nil {
					return err
				}
			}
			return nil
		})
	})
	b.commits.add(time.Since(start))
	if err != nil {
		err = fmt.Errorf("optout: the log can't be written: %w", err)
	}
	for _, w := range batch {
		w.err <- err
	}
}

// put appends a value under the next number.
func put(bucket *bbolt.Bucket, value []byte) error {
	bucket.FillPercent = 1 // keys only grow, so pages need no room
	number, err := bucket.NextSequence()
	if err != nil {
		return err
	}
	return bucket.Put(binary.BigEndian.AppendUint64(nil, number), value)
}

// Quarantined calls f for what is in the quarantine, in the order in which it came, until f or ctx ends it. what is valid
// only during the call.
func (b *Bolt) Quarantined(ctx context.Context, f func(receivedMs int64, what []byte) error) error {
	return b.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(quarantineBucket).ForEach(func(_, value []byte) error {
			if len(value) < 8 {
				return ErrEntry
			}
			return errors.Join(ctx.Err(), f(int64(binary.BigEndian.Uint64(value)), value[8:]))
		})
	})
}

// view reads the file.
func (b *Bolt) view(do func(*bbolt.Tx) error) error {
	err := recovered(func() error { return b.db.View(do) })
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// Replay implements [Log]. A damaged entry ends it with ErrEntry.
func (b *Bolt) Replay(ctx context.Context, after uint64, f func(number uint64, e Entry) error) error {
	for next, more := after+1, true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := b.view(func(tx *bbolt.Tx) (err error) {
			next, more, err = replay(tx.Bucket(entriesBucket).Cursor(), next, f)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// replay reads a batch from a number on, and returns the number of the next one.
func replay(cursor *bbolt.Cursor, from uint64, f func(number uint64, e Entry) error) (next uint64, more bool, err error) {
	key, value := cursor.Seek(binary.BigEndian.AppendUint64(nil, from))
	for range replayBatch {
		if key == nil {
			return 0, false, nil
		}
		number := binary.BigEndian.Uint64(key)
		entry, err := parseEntry(value)
		if err != nil {
			return 0, false, fmt.Errorf("%w: number %d", err, number)
		}
		if err := f(number, entry); err != nil {
			return 0, false, err
		}
		next = number + 1
		key, value = cursor.Next()
	}
	return next, true, nil
}

// last implements snapshotter.
func (b *Bolt) last() (number uint64, err error) {
	err = b.view(func(tx *bbolt.Tx) error {
		number = tx.Bucket(entriesBucket).Sequence()
		return nil
	})
	return number, err
}

// commitLatency implements measured.
func (b *Bolt) commitLatency() Latency { return b.commits.read() }

func (b *Bolt) snapshotPath() string { return b.db.Path() + ".index" }

// openSnapshot implements snapshotter.
func (b *Bolt) openSnapshot() (*snapshot, error) {
	var headerSum []byte
	err := b.view(func(tx *bbolt.Tx) error {
		headerSum = bytes.Clone(tx.Bucket(snapshotBucket).Get(headerKey))
		return nil
	})
	if err != nil || headerSum == nil {
		return nil, err
	}
	return openSnapshotFile(b.snapshotPath(), headerSum)
}

// saveSnapshot implements snapshotter. If it ends between the two writes, the log knows of another snapshot than the one that
// is there, and the next start reads the log.
func (b *Bolt) saveSnapshot(ctx context.Context, x *Index, covers uint64) error {
	headerSum, err := writeSnapshot(ctx, b.snapshotPath(), x, covers)
	if err != nil {
		return fmt.Errorf("optout: the snapshot can't be written: %w", err)
	}
	return b.write(ctx, func(tx *bbolt.Tx) error { return tx.Bucket(snapshotBucket).Put(headerKey, headerSum[:]) })
}

// Close implements [Log]. It may be called again.
func (b *Bolt) Close() error {
	b.closed.Do(func() { close(b.closing) })
	<-b.done
	return b.db.Close()
}
