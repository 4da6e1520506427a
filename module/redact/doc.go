// Package redact takes known raw UIDs out of text that others have written: a bidder's answer, an error message, markup.
//
// [New] takes the raw UIDs, [Set.Bytes] and [Set.String] search one text, [Set.All] every text of a whole structure, and
// [Set.Parts] a text that quotes others in part.
//
// # What is found
//
// A raw UID is found in either base64 alphabet, with or without padding, and with any of its characters escaped, in any
// mixture and any nesting:
//
//   - \/ \u002b \x2b, in either case, behind any number of backslashes: JSON, JSON in JSON, scripts, expressions
//   - %2B %252B: URLs, URLs in URLs
//   - &#43; &#043; &#x2B; &plus; &amp;#43;: HTML, with the semicolon that HTML lets one leave out
//   - what these make of each other, such as \u0026#43; or %26%2343%3B
//
// A raw UID that was encrypted, compressed or encoded as a whole (base64 of the text, hexadecimal bytes) is not found.
//
// In its place stands REDACTED, which needs no escaping anywhere. A match takes whole escapes, so that JSON stays JSON:
// only a raw UID that looks like a number, 43 digits, could break it.
//
// # How
//
// The text is read once, from left to right, into a stack of tokens that are characters with the place where they
// started. Whenever the topmost tokens are an escape they are replaced by the character that it stands for, which may
// complete another escape. Each token knows the last eight base64 characters up to it, as a number of 48 bits; where
// that is the end of a raw UID, in a hash table, the tokens below are compared with the rest of it.
//
// One ambiguity is left: a stray % or backslash before a raw UID takes the raw UID's first characters for its digits. So
// where the comparison fails among the first characters, what the nearest escapes were made of is read once more
// without the beginning of the escape.
//
// # What it costs
//
// Time is linear in the text, whatever the text is and however many raw UIDs there are. Each byte is pushed once; each
// replacement leaves fewer tokens than it found, so there are no more of them than bytes; and what each takes is bounded:
//
//   - an escape looks at six tokens at most
//   - a character reference looks back as far as the last character that can't be in one, so no token is looked at by
//     two of them, and at 34 tokens at most
//   - a comparison, at 44 tokens and then a few hundred steps, follows only on eight characters of a raw UID; of raw UIDs
//     that end alike each is compared, but nobody who writes text chooses raw UIDs
//
// Bytes that can't be part of a match, as most of JSON and markup, are passed over without being read one by one.
package redact
