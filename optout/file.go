package optout

import (
	"context"
	"crypto/sha256"
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
	// ErrDamaged: the log isn't intact. It is never treated as complete. See [Verify] and
	// [Repair].
	ErrDamaged = errors.New("optout: the log is damaged (uid2 optout verify says what is wrong, uid2 optout repair keeps what is whole)")
	// ErrReplaced: the file of a log was removed or replaced while it was in use.
	ErrReplaced = errors.New("optout: the file was removed or replaced while it is in use; nothing more is kept until a new start")
	// ErrVersion: the log was written by a newer version than this one.
	ErrVersion = errors.New("optout: the log has a newer format than this version of the program can read: don't go back to it, or restore a backup from before")
	// ErrReadOnly: the log was opened with [OpenReadOnly].
	ErrReadOnly = errors.New("optout: the log is open for reading only")
)

const (
	// maxCommit is the largest number of writes in a batch, which share its fsyncs.
	maxCommit = 4096
	// lockTimeout is how long to wait for a file that another process may be about to close.
	lockTimeout = time.Second
	// lockAgain is the time between attempts to lock the file.
	lockAgain = 50 * time.Millisecond
)

// File is a log in one file of mode 0600, with a second file beside it that records where it ends.
// Concurrent writes share an fsync of each. It survives kill -9 and loss of power, provided that
// the disk does what fsync asks for; if the disk doesn't, or somebody damages the files or replaces
// them by older ones, that is detected and is an error: ErrDamaged.
type File struct {
	path     string
	readOnly bool
	later    bool // it may be opened in the background

	ready   chan struct{} // closed once it is open, or opening it has failed
	openErr error         // why opening failed
	log     source
	figure  figureFile // used by the commit goroutine only
	file    *os.File   // nil if the log is in the old format
	tail    cellHash   // of the last cell, as it must be on disk

	end      atomic.Uint64 // the number of the last cell
	verified atomic.Uint64 // cells up to this number have been read since the start, and are intact
	known    atomic.Pointer[figure]
	state    logState

	writes  chan *write
	closing chan struct{}
	closed  sync.Once
	done    chan struct{}
	commits latency
}

var (
	_ Log             = (*File)(nil)
	_ snapshotter     = (*File)(nil)
	_ latencyReporter = (*File)(nil)
	_ lateOpener      = (*File)(nil)
	_ stateReporter   = (*File)(nil)

	_ hashKeeper  = (*File)(nil)
	_ indexLoader = (*File)(nil)
)

// cellHash stands for a cell, which may hold a raw UID and so must not be in a field: printing a
// File shows its fields.
type cellHash [sha256.Size]byte

func hashOf(cell []byte) cellHash { return sha256.Sum256(cell) }

// FileOption configures a File.
type FileOption func(*File)

// WaitForLock lets [OpenFile] return at once even if another process has the log open, as in a
// restart where the old and the new process overlap, or if the log is one of an earlier version,
// which takes time to convert. Until the log is open, a Store on top of it isn't synced, and
// appending fails, with ErrLocked in the first case.
func WaitForLock() FileOption { return func(b *File) { b.later = true } }

// OpenFile opens a log, or creates it if neither it nor its other files exist. Its directory must
// exist. A log in the format of bbolt, which earlier versions wrote, is converted. Without
// WaitForLock, OpenFile waits a moment for a process that may be about to close the log, and then
// returns ErrLocked. A damaged log is ErrDamaged.
func OpenFile(path string, opts ...FileOption) (*File, error) {
	b := newFile(path)
	for _, opt := range opts {
		opt(b)
	}
	if b.later {
		return b.openLater()
	}
	defer close(b.ready)
	if err := retry(b.open); err != nil {
		return nil, err
	}
	go b.commit()
	return b, nil
}

// OpenReadOnly opens a log for reading. It creates nothing, and also works on a read-only medium.
func OpenReadOnly(path string) (*File, error) {
	b := newFile(path)
	b.readOnly = true
	defer close(b.ready)
	close(b.done)
	if err := retry(b.openToRead); err != nil {
		return nil, err
	}
	return b, nil
}

// retry calls open again while another process may be about to close the file.
func retry(open func() error) error {
	err := open()
	for start := time.Now(); errors.Is(err, ErrLocked) && time.Since(start) < lockTimeout; err = open() {
		time.Sleep(lockAgain)
	}
	return err
}

func newFile(path string) *File {
	return &File{path: path, ready: make(chan struct{}), writes: make(chan *write, maxCommit), closing: make(chan struct{}), done: make(chan struct{})}
}

// errUpgrading: the log is being converted, see upgrade.
var errUpgrading = errors.New("optout: the log of an earlier version is being converted")

// openLater opens the log now if that is possible at once, and otherwise in the background: once
// the lock is free, or while the log is being converted.
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

// openInBackground opens the log once the lock is free.
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

// opened implements lateOpener.
func (b *File) opened() <-chan struct{} { return b.ready }

// wait waits until the log is open. If it is open already, ctx is ignored.
func (b *File) wait(ctx context.Context) error {
	select {
	case <-b.ready:
	case <-ctx.Done():
		if !isClosed(b.ready) {
			return ctx.Err()
		}
	}
	return b.openErr
}

// isClosed reports whether a channel that nothing is sent to has been closed.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// place returns how far the file is a copy of which stream, and up to which cell the stream was
// seen to have the file's content.
func (b *File) place() (at place, cells uint64, err error) {
	if err := b.wait(context.Background()); err != nil {
		return place{}, 0, err
	}
	known := b.known.Load()
	return known.place, known.placed, nil
}

// last implements snapshotter.
func (b *File) last() (uint64, error) { return b.end.Load(), nil }

// commitLatency implements latencyReporter.
func (b *File) commitLatency() Latency { return b.commits.read() }

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

// saveSnapshot implements snapshotter. The log is checked first, as its snapshot must agree with
// it. After a crash between the two writes, the log has recorded another snapshot than the one on
// disk, so the next start reads the log.
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

// Close implements [Log]. It may be called more than once.
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

// newID returns a random id for a file, never 0.
func newID() uint64 { return max(1, newHasher().seed) }
