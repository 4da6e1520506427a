// Package optout knows who has opted out and must not be targeted.
//
// An [Index] answers for a bidder, in about one access to memory, for hundreds of millions of users: it is a
// bidstream.OptOuts.
//
// # Concurrency
//
// Everything may be used from any number of goroutines.
package optout
