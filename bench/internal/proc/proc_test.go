package proc

import (
	"os"
	"runtime"
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
	if rss, err := parseStatus([]byte("Name:\tx\nVmHWM:\t  9999 kB\nVmRSS:\t   1000 kB\nThreads:\t9\n"), "VmRSS:"); err != nil || rss != 1_024_000 {
		t.Errorf("%v, %v", rss, err)
	}
	for _, text := range []string{"", "VmRSS:\t x kB\n"} {
		if _, err := parseStatus([]byte(text), "VmRSS:"); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// What this process has is read as another's.
func TestOurOwn(t *testing.T) {
	if runtime.GOOS != "linux" {
		return
	}
	if _, err := CPU(os.Getpid()); err != nil {
		t.Error(err)
	}
	rss, err := RSS(os.Getpid())
	if err != nil || rss < 1e6 {
		t.Error(rss, err)
	}
	if peak, err := PeakRSS(os.Getpid()); err != nil || peak < rss {
		t.Error(rss, peak, err)
	}
	if _, err := CPU(-1); err == nil {
		t.Error("a process that isn't")
	}
	if _, err := RSS(-1); err == nil {
		t.Error("a process that isn't")
	}
}
