package optout

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// source is a log file that records can be read from.
type source interface {
	// each calls f for each record in the cells from..to. The record is valid only during the
	// call.
	each(ctx context.Context, from, to uint64, f func(*record) error) error
	close() error
}

// Replay implements [Log]. If the log is damaged, it returns ErrDamaged when it gets there.
func (b *File) Replay(ctx context.Context, after uint64, f func(number uint64, e Entry) error) error {
	return b.records(ctx, after, func(r *record) error {
		if r.kind != kindEntry {
			return nil
		}
		return f(r.number, r.entry)
	})
}

// seed implements hashKeeper. Hashes are at the start of a log.
func (b *File) seed() (seed uint64, ok bool) {
	err := b.hashes(context.Background(), func(h hashed) error {
		seed, ok = h.seed, true
		return errStop
	})
	return seed, ok && err == nil
}

// eachHash implements hashKeeper.
func (b *File) eachHash(ctx context.Context, f func(hash uint64, seconds uint32)) error {
	return b.hashes(ctx, func(h hashed) error {
		f(h.hash, h.seconds)
		return nil
	})
}

// errStop stops an iteration.
var errStop = errors.New("stop")

// Hashed returns the number of users that the log knows by a hash only, see [Repair].
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

// Quarantined calls f for each value in the quarantine, in the order of arrival, until f returns an
// error or ctx ends. what is valid only during the call.
func (b *File) Quarantined(ctx context.Context, f func(receivedMs int64, what []byte) error) error {
	return b.records(ctx, 0, func(r *record) error {
		if r.kind != kindValue {
			return nil
		}
		return f(r.receivedMs, r.what)
	})
}

// records calls f for the records after a cell, including those appended meanwhile.
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

// readTo records that the cells after..end are intact, if all cells before them are known to be.
func (b *File) readTo(after, end uint64) {
	for verified := b.verified.Load(); after <= verified && verified < end; verified = b.verified.Load() {
		if b.verified.CompareAndSwap(verified, end) {
			return
		}
	}
}

// scrubPause is the pause that scrub, for which nobody waits, makes after every scrubPauseEvery
// records.
const scrubPause, scrubPauseEvery = 5 * time.Millisecond, readChunk

// scrub implements stateReporter.
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

// cells is a source in the format of this package.
type cells struct {
	file *os.File
	id   uint64
}

// readChunk is the number of cells that are read at a time.
const readChunk = 1 << 14

func (c cells) each(ctx context.Context, from, to uint64, f func(*record) error) error {
	var buffer []byte
	return c.eachIn(ctx, &buffer, from, to, f)
}

// eachIn is each with a buffer, which it enlarges if need be.
func (c cells) eachIn(ctx context.Context, buffer *[]byte, from, to uint64, f func(*record) error) error {
	r := reader{id: c.id}
	*buffer = slices.Grow((*buffer)[:0], int(min(readChunk, to-from+1)*cellSize))
	for number := from; number <= to; {
		if err := ctx.Err(); err != nil {
			return err
		}
		chunk := (*buffer)[:min(readChunk, to-number+1)*cellSize]
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

// damage says where a log is damaged. It wraps ErrDamaged.
type damage struct {
	number uint64
	cause  error
}

func (d damage) Error() string {
	return fmt.Sprintf("%v: entry %d, at byte %d: %v", ErrDamaged, d.number, offset(d.number), d.cause)
}

func (d damage) Unwrap() []error { return []error{ErrDamaged, d.cause} }

// intact reports whether a cell has the right checksum for its number in the file.
func intact(id, number uint64, cell []byte) bool {
	return binary.BigEndian.Uint32(cell[checksumAt:]) == checksum(id, number, cell)
}
