// Package operator is the HTTP client of a UID2 or EUID operator.
//
// A bidder makes its credentials with [NewCredentials], a client with [New], and asks for keys with
// [Client.BidstreamKeys]; what comes back is the decrypted JSON, for keyset.Parse. A sharer asks
// for [Client.SharingKeys]. Publishers and advertisers give the client to packages publisher and
// identitymap, which know what its other endpoints want and answer. [Client.OptOutStatus] says
// which raw UIDs have opted out. Refreshing a token needs no credentials: [NewWithoutCredentials].
// [Client.Call] asks an endpoint that has no method yet.
//
// Programs that need their own HTTP client seal requests with [NewRequest] and open answers with
// [Request.Open], or turn refusals into errors with [Request.AnswerError].
//
// # Calls
//
// A call is a POST of an encrypted envelope, and its answer is encrypted too, both under the client
// secret. Each attempt seals a new envelope, with the current time and a fresh nonce, and only an
// answer that repeats this nonce is accepted. Connection errors, truncated answers, 408, 425, 429
// and 5xx are retried, after a wait that doubles, with jitter; nothing else is. Redirects are never
// followed.
//
// Connections are kept for the next calls. Load balancers, proxies and restarting servers close
// them without notice, which shows only on the next use. If no byte of an answer has arrived, the
// request is then sealed and sent once more without costing an attempt, and the other kept
// connections are dropped. A request that was answered, even in part, is only repeated as a new
// attempt.
//
// # Proxies
//
// The environment variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY apply, unless [WithProxy]
// overrides them. [WithCAFile] trusts a company's own certificates.
//
// # Deadlines
//
// A call ends when its context does, even while the network blocks, whatever the client's own
// settings. A single attempt also ends after the client's timeout, and an answer must not exceed
// the client's size limit.
//
// # Errors
//
// Every error of a call is an [*Error], and errors.Is shows what to do about it:
//
//	ErrUnauthorized  the API key is unknown or lacks the role      check the API key
//	ErrClientSecret  the operator can't open our envelope          check the client secret
//	ErrClockSkew     our clock is off by minutes                   check the clock
//	ErrThrottled     the operator wants fewer calls                wait
//	ErrUnavailable   no connection, no answer, 408, 425 or 5xx     wait, check network and proxy
//	ErrRefreshToken  the refresh token will never be accepted      generate a new identity
//	ErrResponseKey   the answer needs another response key         generate a new identity
//	ErrConsent       the consent string is invalid                 ask the user again
//	ErrRequest       the operator refuses the request as such      see Error.Message; check URL
//	ErrResponse      not an answer to the request                  see Error.Err; check URL
//
// Error.Message is the operator's message, if it is one of those that operators are known to send:
// others might repeat what was sent. No error text contains a credential, a URL, or any other part
// of a body.
//
// # Concurrency
//
// A Client is safe for concurrent use. Close it when done.
package operator
