// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package hostile_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// afterwards looks at what is written beside the auctions.
func (s *stand) afterwards(t *testing.T, counts *tally) {
	t.Helper()
	if len(s.search.In(s.metrics(t))) > 0 {
		counts.leaks["a raw UID is in the metrics"]++
	}
	if err := s.pbs.Close(); err != nil { // waits for the analytics
		t.Fatal(err)
	}
	s.eachAnalyticsLine(t, func(line []byte) {
		what := s.holds(line)
		if what == "" {
			return
		}
		way := what + " is in the analytics"
		if s.scenario.excuses(way) {
			counts.excused[way]++
			return
		}
		if counts.leaks[way]++; counts.leaks[way] <= *examples {
			t.Logf("%s: %s", way, auctionID.Find(line))
		}
	})
}

// auctionID is how an auction, or a stored request, is named in analytics.
var auctionID = regexp.MustCompile(`auction[0-9]+`)

// metrics is every metric of Prebid Server and of the module as text.
func (s *stand) metrics(t *testing.T) []byte {
	t.Helper()
	own := prometheus.NewRegistry()
	if err := own.Register(s.module.Collector()); err != nil {
		t.Fatal(err)
	}
	return metricsText(t, prometheus.Gatherers{s.pbs.Metrics, own})
}

func metricsText(t *testing.T, from prometheus.Gatherer) []byte {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			t.Fatal(err)
		}
	}
	return text.Bytes()
}

// eachAnalyticsLine reads the file that Prebid Server writes, a line for each auction.
func (s *stand) eachAnalyticsLine(t *testing.T, do func(line []byte)) {
	t.Helper()
	files, err := filepath.Glob(s.analytics + "*") // the name gets the date
	if err != nil || len(files) == 0 {
		t.Fatal("no analytics", err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		reader := bufio.NewReader(file)
		for err == nil {
			var line []byte
			if line, err = reader.ReadBytes('\n'); len(line) > 0 {
				do(line)
			}
		}
		if err != io.EOF {
			t.Fatal(err)
		}
	}
}
