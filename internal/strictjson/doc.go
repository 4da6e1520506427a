// Package strictjson reads what a caller wrote as JSON, without building anything of it, and takes
// nothing in it for something that another reader might not.
//
// [Members] finds named members of one object. [Scanner] is for whoever reads more: it walks
// objects and arrays and says where things are.
//
// # What is refused
//
// JSON leaves open what a repeated key means, and readers differ in whether they take other letter
// cases of a key. [UniqueKey] refuses both for the keys that matter. The letters İ and ı count as
// cases of i, as ſ does of s. Escaped keys are read as what they stand for. Nesting deeper than
// [MaxDepth] is [ErrTooDeep].
//
// The objects and arrays that are walked are read strictly: what isn't JSON there is
// [ErrMalformed]. Those that are passed by [Scanner.Skip] are passed by their strings and brackets
// alone, 64 bytes at a time, which is right about all JSON.
//
// [Scanner.Lenient] is for the opposite use: to find what must not reach a reader that isn't
// strict.
package strictjson
