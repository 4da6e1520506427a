package proc

import (
	"os"
	"runtime"
	"testing"
)

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

// What this process has is read as another's, and grows while it computes.
func TestOurOwn(t *testing.T) {
	if runtime.GOOS != "linux" {
		return
	}
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1 << 20 {
		runtime.KeepAlive(i)
	}
	after, err := CPU(os.Getpid())
	if err != nil || after <= before {
		t.Errorf("%v, then %v, %v", before, after, err)
	}
	rss, err := RSS(os.Getpid())
	if err != nil || rss < 1e6 {
		t.Error(rss, err)
	}
	if peak, err := PeakRSS(os.Getpid()); err != nil || peak < rss {
		t.Error(rss, peak, err)
	}
	const nobody = 1 << 22 // the highest id of a process is below it
	if _, err := CPU(nobody); err == nil {
		t.Error("a process that isn't")
	}
	if _, err := RSS(nobody); err == nil {
		t.Error("a process that isn't")
	}
}
