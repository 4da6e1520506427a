// Package bidstream answers a bidder's question: may I use this token now, and whose is it?
//
// Build a [Decrypter] once, with a source of keys and a source of opt-outs. Then, for every token of every request:
//
//	var verdict bidstream.Verdict
//	decrypter.DecryptString(&verdict, token, bidstream.Query{Name: domain, NowMs: now})
//	if uid, ok := verdict.RawUID(); ok {
//		// bid on uid
//	}
//
// That is the one question to ask. Success is no permission: a token may be in order while nobody knows yet whether its user
// has opted out, as when a program has just started.
//
// # Checks
//
// A token passes the following checks in this order, and the first that fails gives the status:
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
// Nothing else is Success. [Verdict.RawUID] has a raw UID only on Success, and then only if the opt-outs know about the
// user, see [AllowUnsyncedOptOuts]. What else a token says is in the verdict once its layers opened.
//
// # Scopes
//
// UID2 and EUID have separate keys. One Decrypter may hold both; the query says which ones are meant, from where the token
// was found. See [Query].
//
// # Allocation
//
// Decrypting doesn't allocate. See [Decrypter] for how.
//
// # Concurrency
//
// A [Decrypter] never changes and may be used from any goroutine, while its sources replace keys and opt-outs. A Verdict
// belongs to the caller.
package bidstream
