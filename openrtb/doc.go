// Package openrtb finds UID2 and EUID tokens in bid requests and writes what came of them beside them.
//
// For a request in bytes, call [AnnotateRequest]; for a user of github.com/prebid/openrtb, [AnnotateUser]. Both ask the caller
// about each uid of a UID2 or EUID eid ([Decide]) and write its answer ([Edit]) in the same way, which a differential fuzz
// test holds together. [UIDs] and [UIDsRaw] only read.
//
// # Where tokens are
//
// In user.eids (OpenRTB 2.6) and user.ext.eids (2.5), of eids whose source is uidapi.com (UID2) or euid.eu (EUID), in any
// letter case. A request may have both places; user.eids comes first. Up to [MaxUIDs] uids are asked about. The id that
// [Decide] gets is the whole one: some senders write "UID2:" in front of a token, which [Token] takes off.
//
// # Forgeries
//
// Only the one who decrypts may write ext.uid2 of a uid. One that arrives with a request is a forgery, and is removed
// from every uid of every eid, whatever its source, also where the caller keeps everything else as it is.
//
// [RemoveForgeries] does nothing else, and does it also for eids that Prebid Server gives to single bidders
// (ext.prebid.bidderconfig) and for requests that the other functions refuse: it takes forgeries out wherever some reader may find
// them, so what is ambiguous to the others isn't to it.
//
// # Hostile input
//
// JSON leaves open what a repeated key means, and readers differ in whether they take other letter cases of a key. On
// the way to a uid (user, eids, ext, source, uids, id) a key that is repeated, or written in another case, is
// [ErrAmbiguous]: nothing is changed rather than something misread. The letters İ and ı count as cases of i, as ſ does of s.
// Escaped keys and values are read as what they stand for. Nesting deeper than [MaxDepth] is [ErrTooDeep]. Values of another type
// than they should have are left alone.
//
// The objects and arrays on that way, and those on the way to the name, are read strictly: what isn't JSON there is
// [ErrMalformed]. All others (imp, device, regs, ...), most of a request, are passed by their strings and brackets alone, which is
// right about all JSON. If a request isn't JSON in there, it stays as it came, and the one who reads it next must refuse it, as
// encoding/json does. Not all readers do: github.com/buger/jsonparser, for one, is lenient. Where it passes an object or array it
// counts only brackets of its own kind, so that it may find another end of what is no JSON, and other eids behind it, with an
// annotation that somebody forged. A host that reads with it, or with any reader that isn't strict, must validate the request
// first, with [encoding/json.Valid] or the like.
//
// # Concurrency
//
// All functions may be called from any goroutine. None keeps a reference to its input, except that a result shares
// unchanged parts with it.
package openrtb
