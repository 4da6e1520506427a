package main

import (
	"bytes"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	const stat = `4711 (a (b) c 7) S 1 4711 4711 0 -1 4194560 5000 0 1 0 1234 66 0 0 20 0 9 0 1000 1268000 5000 18446744073709551615`
	if cpu, err := parseStat([]byte(stat)); err != nil || cpu != 13*time.Second {
		t.Errorf("%v, %v", cpu, err)
	}
	for _, text := range []string{"", "1 (x) S 1", "4711 (x) S 1 4711 4711 0 -1 4194560 5000 0 1 0 x 66 0"} {
		if _, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestParseStatus(t *testing.T) {
	if rss, err := parseStatus([]byte("Name:\tx\nVmHWM:\t  9999 kB\nVmRSS:\t   1000 kB\nThreads:\t9\n")); err != nil || rss != 1_024_000 {
		t.Errorf("%v, %v", rss, err)
	}
	for _, text := range []string{"", "VmRSS:\t x kB\n"} {
		if _, err := parseStatus([]byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// What this process has is read as a server's.
func TestParseOurOwn(t *testing.T) {
	if runtime.GOOS == "linux" {
		stat, err := os.ReadFile("/proc/self/stat")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseStat(stat); err != nil {
			t.Error(err)
		}
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		if rss, err := parseStatus(status); err != nil || rss < 1e6 {
			t.Error(rss, err)
		}
	}
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
