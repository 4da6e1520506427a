// Package bidstream answers a bidder's question: may I use this token now, and who is the user?
//
// Build a [Decrypter] once, with a source of keys and a source of opt-outs. Then, for every token
// of every request:
//
//	var verdict bidstream.Verdict
//	decrypter.DecryptString(&verdict, token, bidstream.Query{Name: domain, NowMs: now})
//	if uid, ok := verdict.RawUID(); ok {
//		// bid on uid
//	}
//
// RawUID is the only question to ask. Success alone is no permission: a valid token may belong to a
// user whose opt-out state isn't known yet, as when the program has just started.
//
// Who has several tokens at hand gives them to [Decrypter.DecryptBatch] together, which says the
// same of each, and is faster where keys and opt-outs are many.
//
// # Checks
//
// A token must pass the following checks, in this order. The first one that fails determines the
// status:
//
//	 1  keys were loaded at least once             NotInitialized
//	 2  at least one key hasn't expired            KeysNotSynced
//	 3  the token has at least 4 characters        InvalidPayload
//	 4  the first 4 characters are base64          InvalidPayload
//	 5  its version is 2, 3 or 4                   VersionNotSupported
//	 6  the rest is base64, the length possible    InvalidPayload
//	 7  its scope is that of keys and query        InvalidIdentityScope
//	 8  its master key is among the keys           NotAuthorizedForMasterKey
//	 9  its master layer opens                     InvalidPayload
//	10  its site key is among the keys             NotAuthorizedForKey
//	11  its site layer opens                       InvalidPayload
//	12  it hasn't expired                          ExpiredToken
//	13  it wasn't made for an opted-out user       UserOptedOut
//	14  if made on a client: the name is allowed   DomainOrAppNameCheckFailed
//	15  its lifetime is allowed                    InvalidTokenLifetime
//	16  the user hasn't opted out since            UserOptedOut
//
// Only a token that passes all of them is Success. [Verdict.RawUID] returns a raw UID only on
// Success, and then only if the user's opt-out state is known, but see [AllowUnsyncedOptOuts]. The
// other fields of the verdict are filled in once the token's layers have been opened.
//
// # Scopes
//
// UID2 and EUID have separate keys. One Decrypter may hold both; the query says which scope to
// expect, given where the token was found. See [Query].
//
// # Allocation
//
// Decrypting doesn't allocate. See [Decrypter].
//
// # Concurrency
//
// A [Decrypter] is immutable and safe for concurrent use, also while its sources replace keys and
// opt-outs. A Verdict belongs to its caller.
package bidstream
