package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
)

const (
	// maxLine is how much of a line is kept. It is more than anything that is read from lines has, so that what is cut off
	// doesn't change what the line is taken for.
	maxLine = 4096
	// batchBytes is about how much input goes to a worker at a time.
	batchBytes = 64 << 10
)

// batch is some lines of the input, without their ends, and what came of them.
type batch struct {
	text   []byte
	ends   []int // of each line in text
	output []byte
	done   chan struct{}
}

// lines yields the lines in their order. They are views of the batch.
func (b *batch) lines(yield func(line []byte) bool) {
	start := 0
	for _, end := range b.ends {
		if !yield(b.text[start:end:end]) {
			return
		}
		start = end
	}
}

// eachBatch cuts in into batches, calls work for several at the same time, and writes what they append to dst to out in
// the order of the input. Memory doesn't grow with the input, nor with a line. Nothing is held back: whoever writes a line and
// waits gets its answer. work must not keep the batch.
func eachBatch(ctx context.Context, in io.Reader, out *bufio.Writer, work func(dst []byte, b *batch) []byte) error {
	workers := runtime.GOMAXPROCS(0)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	todo, order := make(chan *batch), make(chan *batch, 2*workers)
	for range workers {
		go func() {
			for b := range todo {
				b.output = work(b.output[:0], b)
				close(b.done)
			}
		}()
	}
	written := make(chan error, 1)
	go func() { written <- writeInOrder(order, out, cancel) }()

	readErr := readBatches(ctx, in, func(b *batch) {
		order <- b
		todo <- b
	})
	close(todo)
	close(order)
	if err := <-written; err != nil {
		return err
	}
	return readErr
}

// writeInOrder writes each batch when it is done. After a failure it stops the reading, and goes on taking batches, so that
// nobody waits for it.
func writeInOrder(order <-chan *batch, out *bufio.Writer, cancel func()) (err error) {
	for b := range order {
		<-b.done
		if err != nil {
			continue
		}
		if _, err = out.Write(b.output); err == nil && len(order) == 0 {
			err = out.Flush()
		}
		if err != nil {
			cancel()
		}
	}
	return err
}

// readBatches reads lines until the input ends. The last one need not have an end.
func readBatches(ctx context.Context, in io.Reader, use func(*batch)) error {
	r := bufio.NewReaderSize(in, batchBytes)
	b := newBatch()
	for ctx.Err() == nil {
		more, err := b.readLine(r)
		if len(b.text) >= batchBytes || len(b.ends) >= batchBytes/16 || !more || !lineWaits(r) {
			if len(b.ends) > 0 {
				use(b)
			}
			b = newBatch()
		}
		if !more {
			return err
		}
	}
	return ctx.Err()
}

// lineWaits reports whether the next line can be read without waiting for it.
func lineWaits(r *bufio.Reader) bool {
	buffered, _ := r.Peek(r.Buffered()) // what is buffered can always be peeked at
	return bytes.IndexByte(buffered, '\n') >= 0
}

func newBatch() *batch {
	return &batch{text: make([]byte, 0, batchBytes+maxLine), done: make(chan struct{})}
}

// readLine appends a line, of which it keeps maxLine bytes. A carriage return before the line feed is part of the end. It
// returns false at the end of the input.
func (b *batch) readLine(r *bufio.Reader) (more bool, err error) {
	part, err := r.ReadSlice('\n')
	full := errors.Is(err, bufio.ErrBufferFull)
	if err != nil && !full && (len(part) == 0 || !errors.Is(err, io.EOF)) {
		return false, notEOF(err)
	}
	line := bytes.TrimSuffix(bytes.TrimSuffix(part, []byte("\n")), []byte("\r"))
	b.text = append(b.text, line[:min(len(line), maxLine)]...)
	b.ends = append(b.ends, len(b.text))
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n') // too long to matter
	}
	return err == nil, notEOF(err)
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
