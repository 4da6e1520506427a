package guardpage

import (
	"bytes"
	"os"
	"runtime/debug"
	"syscall"
	"testing"
)

// Page is a page of memory between two that can be neither read nor written.
type Page struct {
	t      testing.TB
	memory []byte
}

// around is what a page has where nothing was placed.
const around = 0xEE

// New maps a page until the test ends.
func New(t testing.TB) *Page {
	t.Helper()
	size := os.Getpagesize()
	all, err := syscall.Mmap(-1, 0, 3*size, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	p := &Page{t, all[size : 2*size : 2*size]}
	if err := syscall.Mprotect(p.memory, syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
		t.Fatal(err)
	}
	return p
}

// Edges calls use twice with a copy of content, which must not be longer than a page: one that
// begins with the page, and one that ends with it. The test fails if use reads or writes outside of
// the page, or writes outside of the copy.
func (p *Page) Edges(content []byte, use func(placed []byte)) {
	p.t.Helper()
	p.place(content, 0, use)
	p.place(content, len(p.memory)-len(content), use)
}

func (p *Page) place(content []byte, at int, use func([]byte)) {
	p.t.Helper()
	end := at + len(content)
	fill(p.memory)
	copy(p.memory[at:], content)

	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			p.t.Fatalf("%d bytes at %d of a page: %v\n%s", len(content), at, fault, debug.Stack())
		}
	}()
	use(p.memory[at:end:end])
	for _, rest := range [][]byte{p.memory[:at], p.memory[end:]} {
		if bytes.Count(rest, []byte{around}) != len(rest) {
			p.t.Fatalf("%d bytes at %d of a page: something else was written", len(content), at)
		}
	}
}

func fill(memory []byte) {
	for i := range memory {
		memory[i] = around
	}
}
