// Package rivals is what a Go bidder would otherwise write for UID2, so that this module can be measured beside it. Each rival is
// right, and written as one would in an afternoon: its tests hold it to what the module says, but for
// the times, kind and site of a token, which they leave out of their annotations.
package rivals
