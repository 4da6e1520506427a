package optout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Compaction is what came of [Compact].
type Compaction struct {
	Entries, Kept       uint64 // of the log, before and after
	Bytes, BytesCompact int64  // of the file, before and after
}

// compactBatch is how many entries are copied in one transaction.
const compactBatch = 100_000

// Compact writes a log file anew with one entry for each user: the latest time, and when we first learned of the user. The
// quarantine and the place in a fleet's stream stay. The new file takes the old one's place when it is whole and durable;
// before, nothing is changed. No process may have the file open (ErrLocked). It needs memory for the users who occur more than
// once, and 16 bytes for each other one.
func Compact(ctx context.Context, path string) (c Compaction, err error) {
	from, err := OpenBolt(path)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	target := path + ".compact"
	if err := removeIfThere(target); err != nil {
		return c, fmt.Errorf("optout: an earlier compaction can't be removed: %w", err)
	}
	if err := compactInto(ctx, from, target, &c); err != nil {
		return c, errors.Join(fmt.Errorf("optout: compaction: %w", err), removeIfThere(target))
	}
	if c.Bytes, c.BytesCompact, err = sizes(path, target); err != nil {
		return c, err
	}
	if err := os.Rename(target, path); err != nil {
		return c, err
	}
	// The snapshot has the old file's numbers. The new one doesn't know it.
	return c, errors.Join(removeIfThere(from.snapshotPath()), syncDir(path))
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func compactInto(ctx context.Context, from *Bolt, target string, c *Compaction) error {
	repeated, err := from.repeated(ctx)
	if err != nil {
		return err
	}
	to, err := bbolt.Open(target, 0o600, &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	w := &bulkWriter{db: to}
	err = w.add(createBuckets)
	if err == nil {
		err = copyEntries(ctx, w, from, repeated, c)
	}
	if err == nil {
		err = from.view(func(old *bbolt.Tx) error { return copyOthers(w, old) })
	}
	if err == nil {
		err = w.end()
	}
	return errors.Join(err, to.Close())
}

// copyEntries copies each user's entry where the first one was.
func copyEntries(ctx context.Context, w *bulkWriter, from *Bolt, repeated map[codec.RawUID]*Entry, c *Compaction) error {
	return from.Replay(ctx, 0, func(_ uint64, e Entry) error {
		c.Entries++
		if merged, ok := repeated[e.UID]; ok {
			if merged == nil {
				return nil // it is there
			}
			e, repeated[e.UID] = *merged, nil
		}
		c.Kept++
		return w.add(func(tx *bbolt.Tx) error { return put(tx.Bucket(entriesBucket), e.append(nil)) })
	})
}

// repeated returns the users with more than one entry, each with what is to be kept. The first reading finds the candidates by
// their hashes, so that not all raw UIDs are in memory; the second one is exact.
func (b *Bolt) repeated(ctx context.Context) (map[codec.RawUID]*Entry, error) {
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

// copyOthers copies what isn't an entry, nor of use to the old file alone.
func copyOthers(w *bulkWriter, old *bbolt.Tx) error {
	for _, name := range [][]byte{quarantineBucket, streamBucket} {
		bucket := old.Bucket(name)
		err := bucket.ForEach(func(key, value []byte) error {
			key, value = bytes.Clone(key), bytes.Clone(value)
			return w.add(func(tx *bbolt.Tx) error { return tx.Bucket(name).Put(key, value) })
		})
		if err != nil {
			return err
		}
		if err := w.add(func(tx *bbolt.Tx) error { return tx.Bucket(name).SetSequence(bucket.Sequence()) }); err != nil {
			return err
		}
	}
	return nil
}

func sizes(before, after string) (int64, int64, error) {
	b, err := os.Stat(before)
	if err != nil {
		return 0, 0, err
	}
	a, err := os.Stat(after)
	if err != nil {
		return 0, 0, err
	}
	return b.Size(), a.Size(), nil
}

// bulkWriter does many writes in each transaction.
type bulkWriter struct {
	db     *bbolt.DB
	writes []func(*bbolt.Tx) error
}

func (w *bulkWriter) add(write func(*bbolt.Tx) error) error {
	if w.writes = append(w.writes, write); len(w.writes) < compactBatch {
		return nil
	}
	return w.end()
}

// end does the writes that are left.
func (w *bulkWriter) end() error {
	err := w.db.Update(func(tx *bbolt.Tx) error {
		for _, write := range w.writes {
			if err := write(tx); err != nil {
				return err
			}
		}
		return nil
	})
	w.writes = w.writes[:0]
	return err
}
