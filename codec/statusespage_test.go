//go:build go1.24

package codec_test

import (
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/pagetest"
)

const statusesPage = "../docs/reference/statuses.md"

// TestReferenceStatuses: the page has each status, with what the code says of it; and each that a
// token can be judged to have once in the table of what to do.
func TestReferenceStatuses(t *testing.T) {
	comments := pagetest.Comments(t, ".")
	var rows [][]string
	for s := codec.Success; s.String() != codec.Status(0).String(); s++ {
		rows = append(rows, []string{"`" + s.String() + "`", comments[s.String()]})
	}
	pagetest.Hold(t, statusesPage, "statuses", pagetest.Table([]string{"status", "meaning"}, rows))

	toDo := pagetest.Section(t, statusesPage, "What to do about it")
	for _, s := range codec.Statuses() {
		if n := strings.Count(toDo, "`"+s.String()+"`"); n != 1 {
			t.Errorf("%v is there %d times", s, n)
		}
	}
}
