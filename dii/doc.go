// Package dii is what a person is known by outside of UID2: directly identifying information, that is an email address or a
// phone number, or the hash of one.
//
// Make an [Identity] with [Email], [Phone], [HashedEmail] or [HashedPhone]; packages publisher and identitymap take it. What
// goes to an operator is the hash, SHA-256 of the normalised text in base64, so the text itself stays where it is.
//
// # Normalising
//
// Emails are normalised as operators do, since a hash that differs leads to another raw UID:
//
//   - the ASCII letters A to Z become lower case, and nothing else does;
//   - spaces go from before the @, wherever they are, and from the end;
//   - at gmail.com, exactly, so do dots and what follows a plus sign before the @;
//   - there must be exactly one @, with something before and behind it.
//
// Nothing else is done: no other white space is taken off, and no dot is asked for in the domain. Phones aren't normalised at
// all: they must be in E.164 form already, a plus sign and 10 to 15 digits.
//
// # Personal data
//
// An Identity prints, marshals and logs as a placeholder; its text comes out only through RevealText, its hash through
// RevealHash. A hash is personal data, too: emails are easily guessed.
//
// # Concurrency
//
// Everything is a value or a pure function.
package dii
