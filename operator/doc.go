// Package operator is the HTTP client of a UID2 or EUID operator.
//
// A bidder makes its credentials with [NewCredentials], a client with [New], and asks for keys with
// [Client.BidstreamKeys]; what comes back is the decrypted JSON, for keyset.Parse. A sharer asks for [Client.SharingKeys].
// Publishers and advertisers give the client to packages publisher and identitymap, which know what its other endpoints
// want and answer. [Client.OptOutStatus] says which raw UIDs have opted out.
//
// Those who must bring their own HTTP client seal requests with [NewRequest] and open the answers with [Request.Open].
//
// # Calls
//
// A call is a POST of an encrypted envelope, and its answer is encrypted too, both under the client secret. Each
// attempt seals a new envelope, with the time of that moment and a fresh nonce, and only an answer that repeats this nonce
// counts. Connection errors, 429 and 5xx are tried again, after a wait that doubles, with jitter; nothing else is.
// No redirect is ever followed.
//
// # Deadlines
//
// A call ends when its context does, even while the network blocks, whatever the client's own settings. A single
// attempt also ends after the client's timeout, and no answer may be larger than the client's bound.
//
// # Errors
//
// Every error of a call is an [*Error], and errors.Is tells what to do about it:
//
//	ErrUnauthorized   the API key is unknown or lacks the role          check the API key
//	ErrClientSecret   the two sides don't share the client secret       check the client secret
//	ErrClockSkew      our clock is off by minutes                       check the clock
//	ErrThrottled      the operator wants fewer calls                    wait
//	ErrUnavailable    no connection, no answer in time, or 5xx          wait, look at the network
//	ErrRefreshToken   the refresh token is invalid or has expired       generate a new identity
//	ErrConsent        the consent string can't be read                  ask the user again
//	ErrRequest        the operator refuses the request as such          a bug, or a wrong URL
//	ErrResponse       what came back is no answer                       a proxy in between, or a wrong URL
//
// No error text contains a credential, a URL, or anything of a body.
//
// # Concurrency
//
// A Client may be used from any number of goroutines. Close it when done.
package operator
