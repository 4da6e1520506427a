// Package openrtb finds UID2 and EUID tokens in bid requests and writes the outcome of their
// decryption next to them.
//
// For a request in bytes, call [AnnotateRequest]; for a user of github.com/prebid/openrtb,
// [AnnotateUser]. Both call back for each uid of a UID2 or EUID eid ([Decide]) and apply the answer
// ([Edit]). A differential fuzz test makes sure that they do the same. [UIDs] and [UIDsRaw] only
// read.
//
// # Where tokens are
//
// Tokens are in user.eids (OpenRTB 2.6) and user.ext.eids (2.5), in eids whose source is uidapi.com
// (UID2) or euid.eu (EUID), in any letter case. A request may have both arrays; user.eids comes
// first. At most [MaxUIDs] uids are passed to [Decide]. The id that it gets is complete: some
// senders write "UID2:" in front of a token, which [Token] removes.
//
// # Forgeries
//
// Only the decrypter of the tokens may write ext.uid2 of a uid. An annotation that arrives with a
// request is a forgery. It is removed from every uid of every eid, of any source, even where
// the caller keeps everything else as it is.
//
// [RemoveForgeries] does nothing else, but it also covers the eids that Prebid Server passes to
// single bidders (ext.prebid.bidderconfig) and requests that the other functions refuse: it removes
// an annotation wherever any reader might find one, so what is ambiguous to the others isn't
// ambiguous to it.
//
// # Hostile input
//
// JSON doesn't define what a repeated key means, and parsers differ in whether they match keys
// case-insensitively. On the way to a uid (user, eids, ext, source, uids, id), a key that is
// repeated, or written in another case, is [ErrAmbiguous], and nothing is changed: better no change
// than one based on a misreading. The letters İ and ı count as cases of i, as ſ does of s. Escape
// sequences in keys and values are decoded. Nesting deeper than [MaxDepth] is [ErrTooDeep]. Values
// of an unexpected type are left alone.
//
// The objects and arrays on that way, and on the way to the name, are parsed strictly: invalid JSON
// there is [ErrMalformed]. All others (imp, device, regs, ...), which make up most of a request,
// are skipped by looking at strings and brackets only. That finds the right end of all valid JSON.
// If a request has invalid JSON there, it is passed on unchanged, and the next reader must refuse
// it, as encoding/json does. Not all readers do: github.com/buger/jsonparser, for one, is lenient.
// When it skips an object or array, it counts only brackets of that kind, so it may find a
// different end of invalid JSON, and behind it other eids with a forged annotation. A host that
// reads with it, or with any other reader that isn't strict, must validate the request first, with
// [encoding/json.Valid] or the like.
//
// # Concurrency
//
// All functions are safe for concurrent use. None keeps a reference to its input, except that a
// result shares unchanged parts with it.
package openrtb
