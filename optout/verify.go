package optout

import (
	"context"
	"errors"
	"os"
)

// Verification is what [Verify] found.
type Verification struct {
	Entries     uint64    // that are whole
	Quarantined uint64    // values that are
	Hashed      uint64    // users of whom only the hash is left, after a repair
	Lost        []Numbers // of what isn't whole, or is missing
	Problems    []string  // what else is wrong
	OldFormat   bool      // it has no checksums, and is written anew when it is opened for writing
}

// Whole reports whether nothing is wrong.
func (v Verification) Whole() bool { return len(v.Lost) == 0 && len(v.Problems) == 0 }

// Verify reads all of a log, the file that says where it ends, and its snapshot, and changes
// nothing. An error means that they can't be read: there is no log, nor anything of one, or another
// process has it open (ErrLocked).
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
	v.Problems = w.reports
	return v, nil
}

// findWreck is openWreck for a log of which there is something.
func findWreck(path string, flag int) (*wreck, error) {
	for _, part := range []string{path, figurePath(path), snapshotPath(path)} {
		if _, err := os.Stat(part); err == nil {
			return openWreck(path, flag)
		}
	}
	_, err := os.Stat(path)
	return nil, openError(err)
}

// checkSnapshot reads all of the snapshot.
func (w *wreck) checkSnapshot(ctx context.Context) {
	snap, err := openAnySnapshot(w.path)
	if err != nil {
		return // it was reported, or there is none
	}
	defer snap.close()
	x := NewIndex()
	x.hasher = hasherOf(snap.seed())
	if err := snap.load(ctx, x); err != nil {
		w.note("%v; without it the log is read as a whole", err)
	}
}
