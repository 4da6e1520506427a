// Package codec says what a UID2 or EUID token is: it parses, opens and seals advertising tokens of versions 2, 3 and 4,
// and raw UIDs.
//
// A bidder wants package bidstream, which decides whether a token may be used. What codec tells about a token is no
// permission: it has no clock, so an expired token opens like any other.
//
// To open a token, build a [KeyTable] once per refresh of the keys, keep a [Token] per goroutine, then
//
//	status := codec.Parse(&token, text)
//	if status == codec.Success {
//		status = token.Open(keys)
//	}
//
// To make one, use [AppendSeal]. To read a raw UID from text, use [ParseRawUID].
//
// # Token versions
//
// Version 4 is what operators issue today. Version 3 differs from it in one byte and in the alphabet that it is usually
// written in. Both hold two layers of AES-256-GCM. Version 2 holds two layers of AES-256-CBC, has no integrity
// protection, no scope and no identity type; it is read as strictly as its fixed layout allows. Each layout is drawn
// above the code that reads it, in token.go, v2.go and v4.go. All integers are big-endian, all times Unix milliseconds.
//
// # Alphabets
//
// Texts are taken in the standard and the URL-safe base64 alphabet, padded or not, whatever the version: gateways
// re-encode. Everything else is refused, also the line breaks and spaces that encoding/base64 or other readers skip.
// Tokens are written as operators write them: versions 2 and 3 in the standard alphabet with padding, version 4 in the
// URL-safe alphabet without. Raw UIDs are always written in the standard alphabet with padding.
//
// # Sizes
//
// A token longer than [MaxTokenText] characters, 384 bytes, is refused before any cryptography. Tokens have 133 bytes
// in version 2, 163 or 164 in versions 3 and 4; a raw UID has 32 or 33. A longer one of versions 3 and 4 parses, as its
// master key may be asked for, and is refused before its layers are decrypted.
//
// # Aliasing
//
// Parse copies the token out of its argument, decoded, so the argument may change afterwards. Open works in place on
// that copy. Functions that append take any dst, also nil, and leave it as it was when they fail; dst must not overlap
// with the other arguments.
//
// # Processors
//
// On amd64, tokens are decoded and opened by vector and AES instructions where the processor has them, which takes half the
// time. The build tag purego leaves all of that out: then, and on other processors, base64 is plain Go and the ciphers are those of
// crypto/aes and crypto/cipher. The ciphers are also the standard library's in its FIPS 140 mode (GODEBUG=fips140=on),
// for sealing, and for legacy data of other sizes than the layers of tokens.
// The argument for those who review cryptography is in ciphers_amd64.go.
//
// # Secrets
//
// [RawUID], [Key] and [Token] print, marshal and log as a placeholder. A raw UID comes out as text only through Reveal
// or AppendReveal. Package fmt, which prints the memory of what is in an unexported field, shows a raw UID masked, and follows
// no pointer to a key or to a token's bytes. Errors name the kind of a problem, never a value.
//
// # Concurrency
//
// A Token belongs to one goroutine at a time. [Key] and [KeyTable] are immutable and may be shared. Everything else is
// a value or a pure function.
package codec
