//go:build !race

package openrtb_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

func TestBytesDoNotAllocate(t *testing.T) {
	req := realistic(t)
	forged := must(t, req, annotate)
	dst := make([]byte, 0, 2*len(req))
	for name, f := range map[string]func(){
		"AnnotateRequest": func() { dst, _ = openrtb.AnnotateRequest(dst[:0], req, annotate) },
		"AnnotateNamed": func() {
			dst, _ = openrtb.AnnotateNamed(dst[:0], req, func(string, openrtb.Source, string) openrtb.Edit { return success })
		},
		"UIDsRaw": func() {
			for _, err := range openrtb.UIDsRaw(req) {
				if err != nil {
					t.Fatal(err)
				}
			}
		},
		"RemoveForgeries": func() {
			if out, n, err := openrtb.RemoveForgeries(nil, req); out != nil || n != 0 || err != nil {
				t.Fatal(n, err)
			}
		},
		"RemoveForgeries, forged": func() {
			if out, n, err := openrtb.RemoveForgeries(dst[:0], forged); len(out) != len(req) || n != 1 || err != nil {
				t.Fatal(n, err)
			}
		},
		"AppendJSON": func() { dst = success.Annotation.AppendJSON(dst[:0]) },
		"SourceOf":   func() { _ = openrtb.SourceOf("UIDAPI.com") },
	} {
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Only the result is allocated: a name, or a user with its eids, the uids of one of them and an
// ext.
func TestAllocations(t *testing.T) {
	req := realistic(t)
	new26 := userOf(t, req)
	old25 := inExt(t, new26)
	for name, c := range map[string]struct {
		f    func()
		want float64
	}{
		"NameRaw":                 {func() { openrtb.NameRaw(req) }, 1},
		"AnnotateUser, 2.6":       {func() { _, _, _ = openrtb.AnnotateUser(new26, annotate) }, 4},
		"AnnotateUser, 2.5":       {func() { _, _, _ = openrtb.AnnotateUser(old25, annotate) }, 2},
		"AnnotateUser, kept":      {func() { _, _, _ = openrtb.AnnotateUser(new26, keep) }, 0},
		"AnnotateUser, 2.5, kept": {func() { _, _, _ = openrtb.AnnotateUser(old25, keep) }, 0},
		"UIDs": {func() {
			for _, err := range openrtb.UIDs(old25) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}, 0},
	} {
		if n := testing.AllocsPerRun(200, c.f); n != c.want {
			t.Errorf("%s: %v allocations, want %v", name, n, c.want)
		}
	}
}
