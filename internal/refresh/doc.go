// Package refresh calls a function repeatedly for as long as a process lives: at once, then at a
// steady interval, and sooner after failures.
//
// [Start] does everything. What the function fetches, and where it stores it, is up to the
// function; a [Loop] only knows when it last succeeded and how it has failed since.
//
//	success  ->  Interval ± Jitter  ->  call
//	failure  ->  a random part of a delay that doubles from MinBackoff to MaxBackoff  ->  call
//
// Both waits are randomized, so that a fleet that was started together, or lost its operator at the
// same time, doesn't come back all at once.
package refresh
