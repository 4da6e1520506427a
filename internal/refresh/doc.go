// Package refresh calls one function again and again for as long as a process lives: at once, then at a steady
// interval, and sooner while it fails.
//
// [Start] does it all. What the function fetches, and where it keeps it, is its own business; a [Loop] only
// knows when the function last succeeded and how it failed since.
//
//	success  ->  Interval ± Jitter  ->  call
//	failure  ->  a random part of a delay that doubles from MinBackoff to MaxBackoff  ->  call
//
// Both waits are spread at random, so that a fleet started together, or thrown off together by an operator's outage,
// doesn't come back as one.
package refresh
