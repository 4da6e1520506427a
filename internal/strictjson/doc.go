// Package strictjson reads JSON written by a caller, without building values from it, and refuses
// what another reader might read differently.
//
// [Members] finds named members of one object. [Scanner] is for reading more: it walks objects and
// arrays and returns the positions of values. [Names.Plain] passes objects in which nothing is of
// interest.
//
// # What is refused
//
// JSON doesn't define what a repeated key means, and readers differ in whether they match keys
// case-insensitively. [UniqueKey] refuses both for the keys that matter. The letters İ and ı count
// as cases of i, as ſ does of s. Escape sequences in keys are decoded. Nesting deeper than
// [MaxDepth] is [ErrTooDeep].
//
// The objects and arrays that are walked are parsed strictly: invalid JSON there is [ErrMalformed].
// Those that are skipped with [Scanner.Skip] are only searched for their end, by strings and
// brackets, 64 bytes at a time, which finds the right end of all valid JSON.
//
// [Scanner.Lenient] is for the opposite purpose: to find what must not reach a reader that isn't
// strict.
package strictjson
