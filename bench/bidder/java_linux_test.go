//go:build interop

package main

import "testing"

// TestJava: the bidder with the official Java SDK answers as those in Go do, and is in the table.
func TestJava(t *testing.T) { measured(t, options{effort: least, java: true}, 9) }
