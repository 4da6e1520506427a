// Package progress shows on a terminal how far a long piece of work has got: how much is done, how
// fast it goes, and how much time is left.
//
// A [Screen] is the terminal, to which everything else is written as well, so that messages and the
// line don't run into each other. A [Line] is shown when the work takes longer than two seconds,
// is redrawn at most five times a second, and is gone when it ends. Without a terminal both do
// nothing but pass messages on.
package progress
