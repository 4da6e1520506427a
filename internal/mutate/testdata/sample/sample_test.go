package sample

import (
	"os"
	"testing"
)

func TestSign(t *testing.T) {
	for n, want := range map[int]int{-7: -1, -1: -1, 0: 0, 1: 1, 7: 1} {
		if got := Sign(n); got != want {
			t.Errorf("%d: %d", n, got)
		}
	}
}

func TestHalf(t *testing.T) {
	for n, want := range map[int]int{8: 4, 2: 1} {
		if got, _ := Half(n); got != want {
			t.Errorf("%d: %d", n, got)
		}
	}
}

func TestLarger(t *testing.T) {
	if Larger(1, 2) != 2 || Larger(2, 1) != 2 || Larger(3, 3) != 3 {
		t.Error("smaller")
	}
}

func TestCount(t *testing.T) {
	if n := Count(3); n != 3 {
		t.Error(n)
	}
}

// TestDirectory holds the tool to running tests where go test does.
func TestDirectory(t *testing.T) {
	if _, err := os.Stat("sample.go"); err != nil {
		t.Error(err)
	}
}
