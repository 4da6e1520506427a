// Package operator is the HTTP client of a UID2 or EUID operator.
//
// A bidder makes its credentials with [NewCredentials], a client with [New], and asks for keys with
// [Client.BidstreamKeys]; what comes back is the decrypted JSON, for keyset.Parse. A sharer asks
// for [Client.SharingKeys]. Publishers and advertisers give the client to packages publisher and
// identitymap, which know what its other endpoints want and answer. [Client.OptOutStatus] says
// which raw UIDs have opted out. Refreshing a token needs no credentials: [NewWithoutCredentials].
// [Client.Call] asks an endpoint that has no method yet.
//
// Those who must bring their own HTTP client seal requests with [NewRequest] and open the answers
// with [Request.Open], or read the refusals with [Request.AnswerError].
//
// # Calls
//
// A call is a POST of an encrypted envelope, and its answer is encrypted too, both under the client
// secret. Each attempt seals a new envelope, with the time of that moment and a fresh nonce, and
// only an answer that repeats this nonce counts. Connection errors, answers that were cut off, 408,
// 425, 429 and 5xx are tried again, after a wait that doubles, with jitter; nothing else is. No
// redirect is ever followed.
//
// Connections are kept for the next calls. Balancers, proxies and restarting servers close them
// without notice, so one may turn out to be gone when it is used. If no byte of an answer has come,
// the request is then sealed and sent once more without costing an attempt, and the other kept
// connections are dropped. What was answered, even in part, is only sent again as an attempt of its
// own.
//
// # Proxies
//
// The environment's HTTPS_PROXY, HTTP_PROXY and NO_PROXY count, unless [WithProxy] says otherwise.
// [WithCAFile] trusts certificates of a company's own.
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
//	ErrUnauthorized  the API key is unknown or lacks the role      check the API key
//	ErrClientSecret  the operator can't open our envelope          check the client secret
//	ErrClockSkew     our clock is off by minutes                   check the clock
//	ErrThrottled     the operator wants fewer calls                wait
//	ErrUnavailable   no connection, no answer, 408, 425 or 5xx     wait, look at network and proxy
//	ErrRefreshToken  the refresh token will never be taken         generate a new identity
//	ErrResponseKey   the refresh_response_key is another's         generate a new identity
//	ErrConsent       the consent string can't be read              ask the user again
//	ErrRequest       the operator refuses the request as such      see Error.Message; or a wrong URL
//	ErrResponse      what came back is no answer                   see Error.Err; or a wrong URL
//
// Error.Message is what the operator says, if that is one of the messages that operators are known
// to have: other texts might repeat what was sent. No error text contains a credential, a URL, or
// anything else of a body.
//
// # Concurrency
//
// A Client may be used from any number of goroutines. Close it when done.
package operator
