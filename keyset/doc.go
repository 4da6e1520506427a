// Package keyset says which keys we hold: it reads an operator's key answer and keeps the current one at hand.
//
// A service calls [NewRefresher] once, with the function that asks its operator, and [Refresher.Snapshot] wherever it
// needs keys. A test, or a tool that has the answer in a file, calls [Parse] and, where a source is wanted, [Static].
//
// # Answers
//
// Parse reads the three kinds of answer: the bidstream one (keys to decrypt, sites), the sharing one (also keysets to
// encrypt with) and the legacy list. An answer is taken as a whole or not at all. Whole numbers may be written as floats
// or texts, a caller's site may be -1 (none), and site data may be empty or hold empty objects.
//
// # Refreshing
//
// A Refresher calls its Fetch at once, then about every hour, and sooner while it fails. An answer that is worse than
// what it holds (unreadable, empty, with all keys expired, or of another identity scope) is refused: the keys in use
// stay, [Refresher.LastError] and [Refresher.Stats] tell, and one line is logged.
//
// With a [Cache], the last good answer is also kept in a sealed file, so that a process that starts while the operator is
// away has keys at once.
//
// # Time
//
// A Snapshot has no clock: whoever asks it about time says what time it is. Its times are Unix
// milliseconds, as those of tokens. A Refresher has a clock, and times and spans of package time.
//
// # Concurrency
//
// A Snapshot never changes and a Refresher may be used from any goroutine. Reading the keys takes no lock and no
// allocation, refreshing or not.
package keyset
