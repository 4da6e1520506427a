// Package further tests the sample from elsewhere.
package further

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/mutate/testdata/sample"
)

func TestNegative(t *testing.T) {
	if _, err := sample.Half(-1); err == nil {
		t.Error("half of a negative number")
	}
}
