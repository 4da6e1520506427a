package optout_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain makes this binary what a test wants of it, a receiver. As a test it
// lets more tests run in parallel than there are cores: those that do so wait for servers most of
// the time.
func TestMain(m *testing.M) {
	if file := os.Getenv(receiverFile); file != "" {
		serve(file)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
