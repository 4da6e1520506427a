package optout

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"
)

// ErrLoss: a repair would lose entries that were acknowledged, or may lose some, and
// RepairOptions.AcceptLoss isn't set.
var ErrLoss = errors.New("optout: entries are lost")

// ErrWhole: the log needs no repair.
var ErrWhole = errors.New("optout: the log is whole, and was left as it is")

// RepairOptions are the sources from which [Repair] restores what a damaged log has lost.
type RepairOptions struct {
	// From lists other logs, intact or damaged. From another copy of the same log, older or
	// newer, the entries with the lost numbers are taken, and those after its end; from any
	// other log, such as that of another node of the fleet, the users who are missing.
	From []string
	// FromSnapshot also keeps users as opted out who are only in the snapshot of the log's
	// index. It has only their hashes: they are honored, but can't be exported or passed on to
	// other logs.
	FromSnapshot bool
	// Add adds entries from other sources, such as a fleet's stream or an operator, to the new
	// log before that replaces the old one.
	Add func(ctx context.Context, log *File) error
	// AcceptLoss lets the new log replace the old one even though entries are lost, or may be.
	AcceptLoss bool
}

// Repaired is the result of [Repair].
type Repaired struct {
	Kept       uint64    // intact entries
	Copied     uint64    // entries from other copies of the log
	Added      uint64    // entries from other logs, or added by RepairOptions.Add
	Hashed     uint64    // users of whom only the hash is left
	Lost       []Numbers // entries or quarantined values that no source has
	InSnapshot bool      // the lost entries are in the snapshot, so their users are still opted out
	EndUnknown bool      // it isn't known whether the log had more entries
	Damaged    string    // path under which the damaged log was kept, if it was replaced
}

// certain reports whether certainly no opt-out is lost.
func (r Repaired) certain() bool { return !r.EndUnknown && (len(r.Lost) == 0 || r.InSnapshot) }

// Repair writes a new log from everything that is intact in a damaged one and from other sources,
// replaces the damaged one by it, and keeps that under another name. In a fleet, the new log is
// then completed from the stream, which is read from its start. Repair reports what it can't
// restore; if that may include an opt-out, nothing is changed unless options.AcceptLoss is set:
// ErrLoss. If nothing is damaged, the error is ErrWhole. No process may have the log open
// (ErrLocked). It needs memory for the index of all users.
func Repair(ctx context.Context, path string, options RepairOptions) (done Repaired, err error) {
	w, err := findWreck(path, os.O_RDWR)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	r := &repair{wreck: w, options: options}
	if err := r.survey(ctx); err != nil {
		return r.done, err
	}
	if len(r.done.Lost) == 0 && r.done.Copied == 0 && !w.damaged {
		return r.done, ErrWhole
	}
	if err := r.build(ctx); err != nil {
		return r.done, fmt.Errorf("optout: repair: %w", err)
	}
	defer func() {
		err = errors.Join(err, removeIfThere(newPath(path)), removeIfThere(figurePath(newPath(path))), removeIfThere(snapshotPath(newPath(path))))
	}()
	now, err := r.add(ctx)
	if err != nil {
		return r.done, fmt.Errorf("optout: repair: %w", err)
	}
	lock, err := openLocked(newPath(path), os.O_RDWR) // nobody may use it before everything is done
	if err != nil {
		return r.done, err
	}
	defer lock.Close()
	if !r.done.certain() && !options.AcceptLoss {
		return r.done, ErrLoss
	}
	if r.done.Damaged, err = keepDamaged(path); err != nil {
		return r.done, fmt.Errorf("optout: repair: the damaged log can't be kept: %w", err)
	}
	return r.done, takePlace(path, w.known, now)
}

// repair is a repair in progress.
type repair struct {
	*wreck
	options RepairOptions
	done    Repaired
	copies  map[uint64]Entry // entries from other copies of the log, by number
	index   *Index           // users in the new log and, by hash, in the snapshot
	hashes  []hashed         // users who are only in the snapshot
	others  []string         // the logs of From that are not copies of this one
}

// survey finds what is lost, and which of it other sources have.
func (r *repair) survey(ctx context.Context) error {
	r.index, r.copies = NewIndex(), make(map[uint64]Entry)
	snap, err := openAnySnapshot(r.path)
	if err == nil {
		defer snap.close()
		r.index.hasher = hasherOf(snap.seed())
	}
	lost, err := r.each(ctx, func(rec *record) error {
		switch rec.kind {
		case kindEntry:
			r.index.Add(rec.entry.UID, rec.entry.SinceMs)
			r.done.Kept++
		case kindHashed:
			r.hashes = append(r.hashes, rec.hashed)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.done.EndUnknown = !r.hasEnd
	if r.done.Lost, err = r.copy(ctx, lost); err != nil {
		return err
	}
	if snap != nil && r.options.FromSnapshot {
		return r.fromSnapshot(ctx, snap)
	}
	return nil
}

// copy takes what the log lacks from other copies of it, and returns what is still lost.
func (r *repair) copy(ctx context.Context, lost []Numbers) (still []Numbers, err error) {
	for _, path := range r.options.From {
		other, err := findWreck(path, os.O_RDONLY)
		if err != nil {
			return nil, err
		}
		if other.id != r.id || other.old != nil || r.id == 0 {
			r.others = append(r.others, path)
		} else {
			wanted := append(lost[:len(lost):len(lost)], Numbers{r.last + 1, max(r.last+1, other.last)})
			if _, err = other.each(ctx, func(rec *record) error {
				if rec.kind == kindEntry && has(wanted, rec.number) {
					r.copies[rec.number] = rec.entry
					r.index.Add(rec.entry.UID, rec.entry.SinceMs)
				}
				return nil
			}); err == nil && other.hasEnd && other.known.end >= r.last {
				r.done.EndUnknown = false
			}
		}
		if err := errors.Join(err, other.close()); err != nil {
			return nil, err
		}
	}
	for _, numbers := range lost {
		for number := numbers.From; number <= numbers.To; number++ {
			if _, ok := r.copies[number]; !ok {
				still = addNumber(still, number)
			}
		}
	}
	r.done.Copied = uint64(len(r.copies))
	return still, nil
}

// has reports whether all includes number.
func has(all []Numbers, number uint64) bool {
	for _, n := range all {
		if n.From <= number && number <= n.To {
			return true
		}
	}
	return false
}

// fromSnapshot takes the hashes of users whom no other source has.
func (r *repair) fromSnapshot(ctx context.Context, snap *snapshot) error {
	kept := NewIndex()
	kept.hasher = hasherOf(snap.seed())
	if snap.logID() != r.id {
		return nil
	}
	if len(r.hashes) > 0 && r.hashes[0].seed != snap.seed() {
		return nil
	}
	if err := snap.load(ctx, kept); err != nil {
		return fmt.Errorf("optout: repair: %w", err)
	}
	for _, h := range r.hashes {
		r.index.addHash(h.hash, h.seconds)
	}
	for i := range kept.segments {
		t := kept.segments[i].table.Load()
		if t == nil {
			continue
		}
		t.each(func(hash uint64, seconds uint32) {
			if !r.index.hasHash(hash) {
				r.hashes = append(r.hashes, hashed{snap.seed(), hash, seconds})
			}
		})
	}
	lost := r.done.Lost
	r.done.InSnapshot = len(lost) > 0 && lost[len(lost)-1].To <= snap.covers()
	return nil
}

// build writes the complete new log, with a figure of its own.
func (r *repair) build(ctx context.Context) error {
	l, err := startLog(r.path)
	if err != nil {
		return err
	}
	for _, h := range r.hashes {
		if err := l.addOther(&record{kind: kindHashed, hashed: h}); err != nil {
			return errors.Join(err, l.drop())
		}
	}
	r.done.Hashed = uint64(len(r.hashes))
	err = r.fill(ctx, l)
	if err == nil {
		err = l.end()
	}
	if err == nil {
		err = createFigure(newPath(r.path), l.now)
	}
	if err != nil {
		return errors.Join(err, l.drop())
	}
	return l.file.Close()
}

// fill writes the entries and the quarantine.
func (r *repair) fill(ctx context.Context, l *newLog) error {
	_, err := r.each(ctx, func(rec *record) error {
		switch rec.kind {
		case kindEntry:
			return l.addEntry(rec.entry)
		case kindValue:
			return l.addOther(rec)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, number := range slices.Sorted(maps.Keys(r.copies)) {
		if err := l.addEntry(r.copies[number]); err != nil {
			return err
		}
	}
	for _, path := range r.others {
		if err := r.fillFrom(ctx, l, path); err != nil {
			return err
		}
	}
	return nil
}

// fillFrom adds the users of another log who are still missing.
func (r *repair) fillFrom(ctx context.Context, l *newLog, path string) error {
	other, err := openWreck(path, os.O_RDONLY)
	if err != nil {
		return err
	}
	_, err = other.each(ctx, func(rec *record) error {
		if rec.kind != kindEntry || !r.index.Add(rec.entry.UID, rec.entry.SinceMs) {
			return nil
		}
		r.done.Added++
		return l.addEntry(rec.entry)
	})
	return errors.Join(err, other.close())
}

// add lets RepairOptions.Add add to the new log, and returns its figure.
func (r *repair) add(ctx context.Context) (now figure, err error) {
	log, err := OpenFile(newPath(r.path))
	if err != nil {
		return figure{}, err
	}
	before := log.known.Load().entries
	if r.options.Add != nil {
		err = r.options.Add(ctx, log)
	}
	if err = errors.Join(err, log.Close()); err != nil {
		return figure{}, err
	}
	now = *log.known.Load()
	r.done.Added += now.entries - before
	now.covers, now.snapshot = 0, [32]byte{}
	return now, nil
}

// keepDamaged gives the existing files of a log a second name, and returns that of the log itself.
func keepDamaged(path string) (kept string, err error) {
	kept = path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000000000")
	for part, as := range map[string]string{path: kept, figurePath(path): figurePath(kept), snapshotPath(path): snapshotPath(kept)} {
		if err := os.Link(part, as); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	// The figure is written in place, so that the second name needs a copy of its own.
	b, err := os.ReadFile(figurePath(path))
	if errors.Is(err, os.ErrNotExist) {
		return kept, nil
	}
	if err == nil {
		err = writeWhole(figurePath(path), b)
	}
	return kept, err
}
