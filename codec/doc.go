// Package codec parses, opens and seals UID2 and EUID advertising tokens of versions 2, 3 and 4,
// and reads and writes raw UIDs.
//
// Most bidders want package bidstream, which decides whether a token may be used. A token that
// codec opens isn't necessarily one that may be used: codec has no clock, so it opens expired
// tokens too.
//
// To open a token, build a [KeyTable] once per key refresh, keep one [Token] per goroutine, then
//
//	status := codec.Parse(&token, text)
//	if status == codec.Success {
//		status = token.Open(keys)
//	}
//
// To make a token, use [AppendSeal]. To read a raw UID from text, use [ParseRawUID].
//
// # Token versions
//
// Version 4 is what operators issue today. Version 3 differs from it in one byte and in the
// alphabet that it is usually written in. Both have two layers of AES-256-GCM. Version 2 has two
// layers of AES-256-CBC, no integrity protection, no scope and no identity type; it is checked as
// strictly as its fixed layout allows. Each layout is drawn above the code that reads it, in
// token.go, v2.go and v4.go. All integers are big-endian, all times Unix milliseconds.
//
// # Alphabets
//
// Texts are accepted in the standard and the URL-safe base64 alphabet, padded or not, in every
// version, because gateways re-encode tokens. Everything else is refused, including the line breaks
// and spaces that encoding/base64 and other readers skip. Tokens are written as operators write
// them: versions 2 and 3 in the standard alphabet with padding, version 4 in the URL-safe alphabet
// without. Raw UIDs are always written in the standard alphabet with padding.
//
// # Sizes
//
// A token longer than [MaxTokenText] characters, 384 bytes, is refused before any cryptography.
// Tokens have 133 bytes in version 2, and 163 or 164 in versions 3 and 4; a raw UID has 32 or 33.
// Parse accepts longer tokens of versions 3 and 4, so that their master key can be looked at, but
// Open refuses them before it decrypts a layer.
//
// # Aliasing
//
// Parse decodes its argument into memory of its own, so the argument may change afterwards. Open
// works in place on that copy. Functions that append accept any dst, including nil, and leave it
// unchanged when they fail; dst must not overlap with the other arguments.
//
// # Processors
//
// On amd64 and arm64, tokens are decoded and opened with vector and AES instructions where the
// processor has them, which takes half the time on amd64; arm64 was only emulated so far. The
// build tag purego leaves all of that out: then, and on other processors, base64 is plain Go and
// the ciphers are those of crypto/aes and crypto/cipher. The standard library's ciphers are also
// used in its FIPS 140 mode (GODEBUG=fips140=on), for sealing, and for legacy data whose size
// isn't that of a token's layer. The argument for reviewers of the cryptography is in
// ciphers_vector.go.
//
// # Secrets
//
// [RawUID], [Key] and [Token] print, marshal and log as a placeholder. Only Reveal and AppendReveal
// return a raw UID as text. Package fmt, which prints the memory of unexported fields, shows a raw
// UID masked, and doesn't follow the pointers to a key's secret or to a token's bytes. Errors name
// the kind of problem, never a value.
//
// # Concurrency
//
// A Token must not be used by several goroutines at once. [Key] and [KeyTable] are immutable and
// safe for concurrent use. Everything else is a value or a pure function.
package codec
