//go:build go1.24

package bidder_test

import (
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/internal/pagetest"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

const annotationPage = "../docs/reference/annotation.md"

// TestReferenceOutcomes: the page shows what is written for each outcome.
func TestReferenceOutcomes(t *testing.T) {
	comments := pagetest.Comments(t, ".")
	names := map[bidder.Outcome]string{bidder.Usable: "Usable", bidder.OptedOut: "OptedOut", bidder.OptOutUnknown: "OptOutUnknown", bidder.Unusable: "Unusable"}
	var rows [][]string
	for _, c := range []struct {
		optOuts bidstream.Option
		token   string
		want    bidder.Outcome
	}{
		{nobodyOptedOut, fixtures.Token("G3").Text, bidder.Usable},
		{allOptedOut, fixtures.Token("G3").Text, bidder.OptedOut},
		{nothingKnown, fixtures.Token("G3").Text, bidder.OptOutUnknown},
		{nobodyOptedOut, "nonsense", bidder.Unusable},
	} {
		var v bidstream.Verdict
		decrypter(t, c.optOuts).DecryptString(&v, c.token, bidder.Query(openrtb.SourceUID2, "", now))
		if got := bidder.OutcomeOf(&v); got != c.want {
			t.Fatalf("%v, want %v", got, c.want)
		}
		annotation := bidder.AnnotationOf(&v)
		rows = append(rows, []string{comments[names[c.want]], "`" + string(annotation.AppendJSON(nil)) + "`"})
	}
	pagetest.Hold(t, annotationPage, "outcomes", pagetest.Table([]string{"", "`ext.uid2`"}, rows))
}

// TestReferenceModes: the page has each mode, with what the code says of it.
func TestReferenceModes(t *testing.T) {
	comments := pagetest.Comments(t, ".")
	var rows [][]string
	for m := bidder.Annotate; !strings.HasPrefix(m.String(), "invalid"); m++ {
		goName := strings.ReplaceAll(strings.ToUpper(m.String()[:1])+m.String()[1:], "_", "")
		for name, comment := range comments {
			if strings.EqualFold(name, goName) {
				rows = append(rows, []string{"`" + m.String() + "`", comment})
			}
		}
	}
	if len(rows) != 3 {
		t.Errorf("%d modes", len(rows))
	}
	pagetest.Hold(t, annotationPage, "modes", pagetest.Table([]string{"mode", "what it does"}, rows))
}
