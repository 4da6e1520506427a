// Package keyset reads an operator's key answer and keeps the current keys at hand.
//
// A service calls [NewRefresher] once, with a function that asks its operator, and
// [Refresher.Snapshot] wherever it needs keys. A test, or a tool that has the answer in a file,
// calls [Parse] and, where a source is needed, [Static].
//
// # Answers
//
// Parse reads three kinds of answers: that of the bidstream endpoint (keys to decrypt with, sites),
// that of the sharing endpoint (keysets to encrypt with as well) and the legacy list. An answer is
// accepted as a whole or not at all. Integers may be written as floats or strings, a caller's site
// id may be -1 (none), and site data may be empty or hold empty objects.
//
// # Refreshing
//
// A Refresher calls its Fetch at once, then about every hour, and sooner after a failure. An answer
// that is worse than the keys in use (unreadable, empty, with all keys expired, or of another
// identity scope) is refused: the keys in use stay, the failure appears in [Refresher.LastError]
// and [Refresher.Stats], and one line is logged.
//
// With a [Cache], the last good answer is also kept in a sealed file, so that a process that starts
// while the operator is unreachable has keys at once.
//
// # Time
//
// A Snapshot has no clock: whoever asks it about time says what time it is. Its times are Unix
// milliseconds, as those of tokens. A Refresher has a clock, and times and spans of package time.
//
// # Concurrency
//
// A Snapshot is immutable, and a Refresher is safe for concurrent use. Reading the keys takes no
// lock and doesn't allocate, even during a refresh.
package keyset
