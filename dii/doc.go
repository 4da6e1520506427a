// Package dii handles directly identifying information: email addresses, phone numbers, and their
// hashes.
//
// Make an [Identity] with [Email], [Phone], [HashedEmail] or [HashedPhone]; packages publisher and
// identitymap accept it. Operators are sent the hash, the base64 of the SHA-256 of the normalized
// text, so the text itself isn't passed on.
//
// # Normalization
//
// Emails are normalized as operators do it, since a different hash leads to a different raw UID:
//
//   - the ASCII letters A to Z are converted to lower case, and no others;
//   - spaces are removed anywhere before the @, and at the end;
//   - at exactly gmail.com, dots before the @ are removed, and so are a plus sign and what follows
//     it;
//   - there must be exactly one @, with something before and after it.
//
// Nothing else is done: no other white space is removed, and the domain need not have a dot. Phones
// aren't normalized at all: they must be in E.164 form, a plus sign and 10 to 15 digits.
//
// # Personal data
//
// An Identity prints, marshals and logs as a placeholder; only RevealText returns its text, and
// only RevealHash its hash. A hash is personal data too, as emails are easily guessed.
//
// # Concurrency
//
// Everything is a value or a pure function.
package dii
