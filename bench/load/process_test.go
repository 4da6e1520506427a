package main

import (
	"bytes"
	"runtime"
	"runtime/pprof"
	"testing"
)

// What this process has is read as a server's.
func TestParseOurOwn(t *testing.T) {
	runtime.GC()
	var heap, goroutines bytes.Buffer
	if err := pprof.Lookup("heap").WriteTo(&heap, 1); err != nil {
		t.Fatal(err)
	}
	if err := pprof.Lookup("goroutine").WriteTo(&goroutines, 1); err != nil {
		t.Fatal(err)
	}
	var s sample
	if err := s.parseHeap(heap.Bytes()); err != nil || s.heap <= 0 || s.allocated < s.heap || s.mallocs <= 0 || s.gcs < 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if n, err := parseGoroutines(goroutines.Bytes()); err != nil || n < 2 {
		t.Errorf("%v goroutines, %v", n, err)
	}
}

func TestParseNoProfile(t *testing.T) {
	if err := new(sample).parseHeap([]byte("# HeapAlloc = 1\n")); err == nil {
		t.Error("half the statistics are enough")
	}
	if err := new(sample).parseHeap([]byte("# HeapAlloc = x\n")); err == nil {
		t.Error("x is a number")
	}
	for _, text := range []string{"", "heap profile: 1", "goroutine profile: total x\n"} {
		if _, err := parseGoroutines([]byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
