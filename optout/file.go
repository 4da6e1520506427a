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
	// ErrDamaged: a log that isn't whole. It is never taken for complete. See [Verify] and
	// [Repair].
	ErrDamaged = errors.New("optout: the log is damaged (uid2 optout verify says what is wrong, uid2 optout repair keeps what is whole)")
	// ErrReplaced: somebody removed the file of a log that is in use, or put another one in its
	// place.
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

// File is a log in one file, of mode 0600, with a second one beside it that says where it ends.
// Writes that come at the same time share an fsync of each. It is safe under kill -9 and loss of
// power, so far as the disk does what fsync asks for; and where the disk doesn't, or somebody
// damages the files or puts older ones in their place, that is noticed and an error: ErrDamaged.
type File struct {
	path     string
	readOnly bool
	later    bool // it may be opened in the background

	ready   chan struct{} // closed once it is open, or can't be opened
	openErr error         // why it can't
	log     source
	figure  figureFile // the commit goroutine's
	file    *os.File   // nil of one in the old format
	tail    cellHash   // of the last cell, as it must be

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

// cellHash stands for a cell, which may hold a raw UID: a File that somebody prints shows its fields.
type cellHash [sha256.Size]byte

func hashOf(cell []byte) cellHash { return sha256.Sum256(cell) }

// FileOption sets one thing of a File.
type FileOption func(*File)

// WaitForLock lets [OpenFile] return at once although another process has the log open, as in a
// restart whose processes overlap, or although it is one of an earlier version, which takes some
// time. Until the log is open, a Store of it is not synced, and appending fails, with ErrLocked in
// the former case.
func WaitForLock() FileOption { return func(b *File) { b.later = true } }

// OpenFile opens a log, or creates it if neither it nor what belongs to it is there. Its directory
// must exist. A log in the format of bbolt, as earlier versions wrote it, is read and written anew.
// Without WaitForLock it waits a moment for a process that is about to leave the log.
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

// OpenReadOnly opens a log for reading, also one on a medium that can't be written to. It creates
// nothing.
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

// retry opens something that another process is about to leave.
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

// errUpgrading: see upgrade.
var errUpgrading = errors.New("optout: the log of an earlier version is being written anew")

// openLater opens the log now, or in the background: when it is free, and if it has to be written
// anew.
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

// wait waits until the log is open. If it is, ctx doesn't count.
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

// place returns how far the file is a copy of which stream, and up to which of its cells the stream
// had what is in them.
func (b *File) place() (at place, cells uint64, err error) {
	if err := b.wait(context.Background()); err != nil {
		return place{}, 0, err
	}
	known := b.known.Load()
	return known.place, known.placed, nil
}

// last implements snapshotter.
func (b *File) last() (uint64, error) { return b.end.Load(), nil }

// commitLatency implements measured.
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

// saveSnapshot implements snapshotter. What the log has must be right before: its snapshot is
// another witness of it. If it ends between the two writes, the log knows of another snapshot than
// the one that is there, and the next start reads the log.
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

// newID makes the id of a file, which is never 0.
func newID() uint64 { return max(1, newHasher().seed) }
