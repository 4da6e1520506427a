//go:build unix

package main

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/follow"
)

// TestShellPage does what docs/shell.md says, from a clone on: an operator in one shell, everything
// else in another.
func TestShellPage(t *testing.T) {
	r := follow.Reader{Dir: t.TempDir(), Root: "../.."}
	if err := r.Follow(t.Context(), "../../docs/shell.md"); err != nil {
		t.Error(err)
	}
}
