package optout

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Compaction is the result of [Compact].
type Compaction struct {
	Entries, Kept       uint64 // of the log, before and after
	Bytes, BytesCompact int64  // of the file, before and after
}

// Compact rewrites a log file with one entry per user: the latest time, and when we first learned
// of the user. The quarantine and the place in a fleet's stream are kept. The whole log is read
// first; a damaged one is refused, with ErrDamaged. The new file replaces the old one once it is
// complete and durable; until then, nothing is changed. No process may have the file open
// (ErrLocked). It needs memory for the users with more than one entry, and 16 bytes for every other
// user.
func Compact(ctx context.Context, path string) (c Compaction, err error) {
	from, err := openExisting(path)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := startLog(path)
	if err != nil {
		return c, fmt.Errorf("optout: compaction: %w", err)
	}
	err = compactInto(ctx, from, to, &c)
	if err == nil {
		c.Bytes, c.BytesCompact = offset(from.end.Load()+1), offset(to.now.end+1)
		if err = to.keepPlace(ctx, from); err == nil {
			err = to.takePlace(*from.known.Load())
		}
	}
	if err != nil {
		return c, errors.Join(fmt.Errorf("optout: compaction: %w", err), to.drop())
	}
	return c, to.file.Close()
}

// keepPlace keeps how far the log is a copy of which stream, unless the log has entries that the
// stream may lack: they aren't at the end any more.
func (l *newLog) keepPlace(ctx context.Context, from *File) error {
	at, cells, err := from.place()
	if err != nil {
		return err
	}
	err = from.Replay(ctx, cells, func(uint64, Entry) error { return errStop })
	if err == nil {
		l.now.place, l.now.placed = at, l.now.end
	} else if errors.Is(err, errStop) {
		err = nil
	}
	return err
}

// openExisting opens an existing log for writing.
func openExisting(path string) (*File, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, openError(err)
	}
	return OpenFile(path)
}

func compactInto(ctx context.Context, from *File, to *newLog, c *Compaction) error {
	repeated, err := from.repeated(ctx)
	if err != nil {
		return err
	}
	err = from.hashes(ctx, func(h hashed) error { return to.addOther(&record{kind: kindHashed, hashed: h}) })
	if err == nil {
		err = copyEntries(ctx, to, from, repeated, c)
	}
	if err != nil {
		return err
	}
	return from.records(ctx, 0, func(r *record) error {
		if r.kind != kindValue {
			return nil
		}
		return to.addOther(r)
	})
}

// copyEntries copies each user's entry to where the user's first one was.
func copyEntries(ctx context.Context, to *newLog, from *File, repeated map[codec.RawUID]*Entry, c *Compaction) error {
	return from.Replay(ctx, 0, func(_ uint64, e Entry) error {
		c.Entries++
		if merged, ok := repeated[e.UID]; ok {
			if merged == nil {
				return nil // it has been copied
			}
			e, repeated[e.UID] = *merged, nil
		}
		c.Kept++
		return to.addEntry(e)
	})
}

// repeated returns the users with more than one entry, each with the merged entry. The first pass
// finds the candidates by their hashes, so that not all raw UIDs are in memory; the second one is
// exact.
func (b *File) repeated(ctx context.Context) (map[codec.RawUID]*Entry, error) {
	seen, found := NewIndex(), make(map[codec.RawUID]*Entry)
	err := b.Replay(ctx, 0, func(_ uint64, e Entry) error {
		if !seen.Add(e.UID, e.SinceMs) {
			found[e.UID] = nil
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = b.Replay(ctx, 0, func(_ uint64, e Entry) error {
		merged, candidate := found[e.UID]
		switch {
		case !candidate:
		case merged == nil:
			found[e.UID] = &e
		default:
			merged.SinceMs = max(merged.SinceMs, e.SinceMs)
			merged.ReceivedMs = min(merged.ReceivedMs, e.ReceivedMs)
		}
		return nil
	})
	return found, err
}
