package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/proc"
)

// sample is what a server's process uses.
type sample struct {
	at         time.Time
	cpu        time.Duration
	rss        float64 // bytes
	files      float64 // open file descriptors
	goroutines float64
	heap       float64 // bytes, after a collection if that was asked for
	mallocs    float64
	allocated  float64 // bytes
	gcs        float64
}

// sampleOf looks at a server, after a collection of garbage if wanted.
func sampleOf(h *host, collect bool) (s sample, err error) {
	s.at = time.Now()
	if s.cpu, err = proc.CPU(h.PID()); err != nil {
		return s, err
	}
	if s.rss, err = proc.RSS(h.PID()); err != nil {
		return s, err
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", h.PID()))
	if err != nil {
		return s, err
	}
	s.files = float64(len(files))
	return s, s.addRuntime(h, collect)
}

// addRuntime adds what the runtime of the server says.
func (s *sample) addRuntime(h *host, collect bool) error {
	path := "/debug/pprof/heap?debug=1"
	if collect {
		path += "&gc=1"
	}
	goroutines, err := get(h.url(h.Admin, "/debug/pprof/goroutine?debug=1"))
	if err != nil {
		return err
	}
	if s.goroutines, err = parseGoroutines(goroutines); err != nil {
		return err
	}
	heap, err := get(h.url(h.Admin, path))
	if err != nil {
		return err
	}
	return s.parseHeap(heap)
}

func get(url string) ([]byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d", url, response.StatusCode)
	}
	return text, err
}

// parseGoroutines reads the number at the head of a profile of goroutines.
func parseGoroutines(text []byte) (n float64, err error) {
	line, _, _ := strings.Cut(string(text), "\n")
	value, ok := strings.CutPrefix(line, "goroutine profile: total ")
	if !ok {
		return 0, errors.New("not a profile of goroutines")
	}
	return strconv.ParseFloat(value, 64)
}

// parseHeap reads the statistics of memory at the end of a profile of the heap.
func (s *sample) parseHeap(text []byte) error {
	wanted := map[string]*float64{"HeapAlloc": &s.heap, "Mallocs": &s.mallocs, "TotalAlloc": &s.allocated, "NumGC": &s.gcs}
	found := 0
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20) // the pauses are one line
	for lines.Scan() {
		name, value, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "# "), " = ")
		if to := wanted[name]; ok && to != nil {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return err
			}
			*to = n
			found++
		}
	}
	if found != len(wanted) {
		return errors.New("the profile of the heap lacks statistics")
	}
	return lines.Err()
}
