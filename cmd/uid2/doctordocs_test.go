package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// times and ports differ from run to run, in the documentation they are as they are there.
var (
	someTime = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`)
	somePort = regexp.MustCompile(`127\.0\.0\.1:\d+`)
)

func anyRun(text string) string {
	return somePort.ReplaceAllString(someTime.ReplaceAllString(text, "2027-01-15 12:00 UTC"), "127.0.0.1:8443")
}

// TestDoctorDocs: the output that docs/doctor.md shows is what is printed, word for word, but for
// times and ports.
func TestDoctorDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, part := range strings.Split(string(page), "\n```text\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		shown = append(shown, block)
	}
	printed := []string{docsWell(t), docsFaults(t), docsJSON(t)}
	if len(shown) != len(printed) {
		t.Fatalf("%d blocks of output, want %d", len(shown), len(printed))
	}
	for i := range shown {
		if got := anyRun(printed[i]); got != anyRun(shown[i]) {
			t.Errorf("block %d is\n%s\nand what is printed\n%s", i+1, shown[i], got)
		}
	}
}

// docsWell is a participant's run without a fault, with -v.
func docsWell(t *testing.T) string {
	w := newWard(t, noServers(t))
	w.wardConfig("")
	return ok(t, "", "doctor", "-v", "-config", filepath.Join(w.dir, "bidder.json"))
}

// docsFaults is a Prebid Server in which several things are wrong.
func docsFaults(t *testing.T) string {
	w := newWard(t, noServers(t))
	w.args = w.args[:2]
	w.ahead.Store(int64(time.Minute))
	w.damage("optouts.db")
	w.set("listen", closedPort(t))
	w.replace("name: TheTradeDesk", "name: pubmatic")
	w.replace("      /openrtb2/amp: *uid2\n", "      /openrtb2/amp: {stages: {processed_auction_request: *group, bidder_request: *group}}\n")
	return w.doctor().out
}

// docsJSON is that of a participant whose operator isn't there.
func docsJSON(t *testing.T) string {
	local(t)
	t.Setenv("UID2_BASE_URL", "http://"+closedPort(t))
	return uid2(t, "", "doctor", "-json").out
}
