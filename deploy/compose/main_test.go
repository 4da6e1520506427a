//go:build linux && byhand

package compose_test

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if spec := os.Getenv(asInit); spec != "" {
		fmt.Fprintln(os.Stderr, "the container doesn't start:", become(spec))
		os.Exit(127)
	}
	os.Exit(m.Run())
}
