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
	// maxLine is how much of a line with a token is kept. It is more than any valid line has, so
	// truncation doesn't change how a line is classified.
	maxLine = 4096
	// batchBytes is roughly how much input a worker gets at a time.
	batchBytes = 64 << 10
)

// batch is a number of input lines, without line ends, and their results.
type batch struct {
	text   []byte
	ends   []int // of the lines in text
	first  int   // the number of the first line
	output []byte
	done   chan struct{}
}

// lines yields the lines in order. They are views of the batch.
func (b *batch) lines(yield func(line []byte) bool) {
	start := 0
	for _, end := range b.ends {
		if !yield(b.text[start:end:end]) {
			return
		}
		start = end
	}
}

// eachBatch splits in into batches, calls work for several of them concurrently, and writes what it
// appends to dst to out, in the order of the input. Memory doesn't grow with the input, nor with
// the length of a line, of which the first most bytes are kept. Nothing is held back: a program
// that writes a line and waits gets its answer. work must not keep the batch.
func eachBatch(ctx context.Context, in io.Reader, out *bufio.Writer, most int, work func(dst []byte, b *batch) []byte) error {
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

	readErr := readBatches(ctx, in, most, func(b *batch) {
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

// writeInOrder writes each batch when it is done. After a failure, it stops reading, and goes on
// receiving batches so that nobody blocks.
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

// readBatches reads lines until the input ends. The last line need not be terminated.
func readBatches(ctx context.Context, in io.Reader, most int, use func(*batch)) error {
	r := bufio.NewReaderSize(in, batchBytes)
	b := newBatch(1)
	for ctx.Err() == nil {
		more, err := b.readLine(r, most)
		if len(b.text) >= batchBytes || len(b.ends) >= batchBytes/16 || !more || !lineWaits(r) {
			if len(b.ends) > 0 {
				use(b)
			}
			b = newBatch(b.first + len(b.ends))
		}
		if !more {
			return err
		}
	}
	return ctx.Err()
}

// lineWaits reports whether the next line can be read without waiting for it.
func lineWaits(r *bufio.Reader) bool {
	buffered, _ := r.Peek(r.Buffered()) // buffered bytes can always be peeked at
	return bytes.IndexByte(buffered, '\n') >= 0
}

func newBatch(first int) *batch {
	return &batch{first: first, text: make([]byte, 0, batchBytes+maxLine), done: make(chan struct{})}
}

// readLine appends a line, or its first most bytes. A carriage return before the line feed is part
// of the line end. It returns false at the end of the input.
func (b *batch) readLine(r *bufio.Reader, most int) (more bool, err error) {
	start := len(b.text)
	for {
		part, err := r.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !full && (len(part) == 0 && len(b.text) == start || !errors.Is(err, io.EOF)) {
			return false, notEOF(err)
		}
		b.text = append(b.text, part[:min(len(part), start+most+lineEnd-len(b.text))]...)
		if !full {
			b.endLine(start, most)
			return err == nil, notEOF(err)
		}
	}
}

// lineEnd is how long the end of a line may be.
const lineEnd = len("\r\n")

// endLine leaves the end of a line out, and what is too much.
func (b *batch) endLine(start, most int) {
	line := bytes.TrimSuffix(bytes.TrimSuffix(b.text[start:], []byte("\n")), []byte("\r"))
	b.text = b.text[:start+min(len(line), most)]
	b.ends = append(b.ends, len(b.text))
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
