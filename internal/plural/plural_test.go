package plural_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/plural"
)

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"1 entry":    plural.Count(1, "entry"),
		"0 entries":  plural.Count(0, "entry"),
		"2 keys":     plural.Count(int64(2), "key"),
		"1 raw UID":  plural.Count(uint64(1), "raw UID"),
		"3 raw UIDs": plural.Count(3, "raw UID"),
		"has":        plural.Have(1),
		"have":       plural.Have(0),
		"is":         plural.Is(1),
		"are":        plural.Is(2),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
