package optout

import (
	"context"
	"errors"
	"os"
)

// Verification is the result of [Verify].
type Verification struct {
	Entries     uint64    // intact entries
	Quarantined uint64    // intact quarantined values
	Hashed      uint64    // users of whom only the hash is left, after a repair
	Lost        []Numbers // what is damaged or missing
	Problems    []string  // anything else that is wrong
	OldFormat   bool      // the log has no checksums yet; opening it for writing converts it
}

// Intact reports whether the log is intact.
func (v Verification) Intact() bool { return len(v.Lost) == 0 && len(v.Problems) == 0 }

// Verify reads the whole log, the file that records where it ends, and its snapshot, and changes
// nothing. An error means that they can't be read: there is no log and no other file of one, or
// another process has it open (ErrLocked).
func Verify(ctx context.Context, path string) (v Verification, err error) {
	w, err := findWreck(path, os.O_RDONLY)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	v.OldFormat = w.old != nil
	v.Lost, err = w.each(ctx, func(r *record) error {
		switch r.kind {
		case kindEntry:
			v.Entries++
		case kindValue:
			v.Quarantined++
		case kindHashed:
			v.Hashed++
		}
		return nil
	})
	if err != nil {
		return v, err
	}
	w.checkSnapshot(ctx)
	if ctx.Err() != nil {
		return v, ctx.Err() // the snapshot is no worse for it
	}
	v.Problems = w.reports
	return v, nil
}

// findWreck is like openWreck, but fails if none of the log's files exists.
func findWreck(path string, flag int) (*wreck, error) {
	for _, part := range []string{path, figurePath(path), snapshotPath(path)} {
		if _, err := os.Stat(part); err == nil {
			return openWreck(path, flag)
		}
	}
	_, err := os.Stat(path)
	return nil, openError(err)
}

// checkSnapshot reads and checks the whole snapshot.
func (w *wreck) checkSnapshot(ctx context.Context) {
	snap, err := openAnySnapshot(w.path)
	if err != nil {
		return // already reported, or there is none
	}
	defer snap.close()
	x := NewIndex()
	x.hasher = hasherOf(snap.seed())
	if err := snap.load(ctx, x); err != nil {
		w.note("%v; without it, the whole log is read", err)
	}
}
