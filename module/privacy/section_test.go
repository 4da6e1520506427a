package privacy_test

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	gpplib "github.com/prebid/go-gpp"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// What is shown of a section is what Prebid's library wrote into it, and it closes what the gate
// closes.
func TestSectionsAgreeWithPrebid(t *testing.T) {
	for sale := range byte(4) {
		for _, a := range []answers{
			{sale: sale, sharing: 2, advertising: 2}, {sale: 2, sharing: sale, advertising: sale}, {sale: sale, child: 1}, {sale: sale, gpc: 1, sharing: 2, advertising: 2},
		} {
			for id, encoded := range usSections(a) {
				text := encodeGPP(t, gpplib.Section(encoded))
				found, err := privacy.Sections(text)
				if err != nil || len(found) != 1 {
					t.Fatalf("%s: %v, %v", text, found, err)
				}
				got := found[0]
				want := privacy.Section{ID: int(id), Name: got.Name, Text: text[strings.Index(text, "~")+1:], Read: true, Child: a.child != 0, GPC: got.GPC, Closes: optedOut(t, text, strconv.Itoa(int(id)))}
				want.OptOuts = []privacy.OptOut{{From: "sale", Answer: int(a.sale)}}
				switch got.Name {
				case "usnat":
					want.OptOuts = append(want.OptOuts, privacy.OptOut{From: "sharing", Answer: int(a.sharing)}, privacy.OptOut{From: "targeted advertising", Answer: int(a.advertising)})
				case "usca":
					sharing := a.sharing
					if a.advertising == 1 {
						sharing = 1
					}
					want.OptOuts = append(want.OptOuts, privacy.OptOut{From: "sharing", Answer: int(sharing)})
				default:
					want.OptOuts = append(want.OptOuts, privacy.OptOut{From: "targeted advertising", Answer: int(a.advertising)})
				}
				if hasGPC := got.Name == "usnat" || got.Name == "usca" || got.Name == "usco" || got.Name == "usct"; got.GPC != (hasGPC && a.gpc == 1) {
					t.Errorf("%s: global privacy control %t in %s", text, got.GPC, got.Name)
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %+v, want %+v", text, got, want)
				}
			}
		}
	}
}

func TestSectionsThatAreNotRead(t *testing.T) {
	text := gppOf([][2]int{{2, 2}, {6, 6}, {7, 7}, {13, 13}}, "C", "1YYN", "*", "B")
	got, err := privacy.Sections(text)
	want := []privacy.Section{
		{ID: 2, Name: "tcfeu2", Text: "C"}, {ID: 6, Name: "uspv1", Text: "1YYN", Closes: true}, {ID: 7, Name: "usnat", Text: "*", Closes: true},
		{ID: 13, Text: "B", Closes: true},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, text := range []string{"", "DBAB", "1YNN", text + "~more"} {
		if got, err := privacy.Sections(text); got != nil || !errors.Is(err, privacy.ErrGPP) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
