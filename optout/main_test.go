package optout_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain makes this binary a receiver if a test requests that. It also lets more tests run in
// parallel than there are cores, since the parallel ones wait for servers most of the time.
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
