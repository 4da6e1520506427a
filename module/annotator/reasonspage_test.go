package annotator

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/pagetest"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// TestReferenceReasons: the page has each reason for which raw UIDs are withheld, with what the code says of it. Those of this
// package are its constants that begin with "reason".
func TestReferenceReasons(t *testing.T) {
	own := map[string]string{"reasonDebug": reasonDebug, "reasonUnseen": reasonUnseen}
	gates := pagetest.Comments(t, "../privacy")
	var rows [][]string
	for _, reason := range privacy.Reasons() {
		for name, comment := range gates {
			if strings.EqualFold(name, strings.ReplaceAll(reason.String(), "_", "")) {
				rows = append(rows, []string{"`" + reason.String() + "`", comment})
			}
		}
	}
	comments := pagetest.Comments(t, ".")
	for _, name := range slices.Sorted(maps.Keys(comments)) {
		if strings.HasPrefix(name, "reason") {
			rows = append(rows, []string{"`" + own[name] + "`", comments[name]})
		}
	}
	if len(rows) != len(privacy.Reasons())+len(own) {
		t.Errorf("%d reasons", len(rows))
	}
	pagetest.Hold(t, "../../docs/reference/statuses.md", "reasons", pagetest.Table([]string{"reason", "meaning"}, rows))
}
