// Package uid2test is a local UID2 or EUID operator for tests, demonstrations and work without a network, shaped like
// net/http/httptest.
//
// [NewServer] starts one, on 127.0.0.1 only. Point a client at its URL with the credentials of a participant, and make
// tokens that the participant's keys open:
//
//	operator := uid2test.NewServer()
//	defer operator.Close()
//	bidder := operator.Client() // .APIKey, .ClientSecret
//	token := operator.Token(uid2test.TokenSpec{Email: "alice@example.com"})
//
// What goes over the wire is the real protocol: HTTP, API keys and roles, encrypted envelopes with fresh IVs, nonces and
// times that are checked, and the error answers of real operators. The endpoints are
//
//	POST /v2/key/bidstream   IDReader            keys and site names for bidders
//	POST /v2/key/sharing     IDReader or Sharer  keys to decrypt and encrypt with
//	POST /v2/key/latest      IDReader            the legacy list of keys
//
//	POST /v2/token/generate  Generator           a token for a user
//	POST /v2/token/refresh   anybody             the next one
//	POST /v2/token/validate  Generator           whether a token is a user's
//
//	POST /v3/identity/map      Mapper            raw UIDs of emails and phones
//	POST /v2/identity/map      Mapper            the same, one kind at a time
//	POST /v2/identity/buckets  Mapper            which salts were rotated
//	POST /v2/optout/status     all but Generator who has opted out
//
//	GET /ops/healthcheck       anybody           OK
//
// Answers are those of a running operator, version 5.70, word for word, in what is odd about them, too: requests that it crashes on
// are answered 500. What it was asked, and what it answered, are rows of a table in real_test.go.
//
// # Where it differs from operators
//
//   - POST /v2/token/client-generate, which browsers and apps call, isn't there; [Server.Token] makes the tokens that they get.
//   - POST /v2/token/logout is answered 401: nobody has its role. [Server.OptOut] does the work.
//   - A participant reads the keys that it was granted. Operators let bidders read those of every site that has no list of its own.
//   - Refresh tokens are as long as those of operators, and what is inside is of another form. They are good at the server that
//     made them, and at others of the same seed and scope.
//   - No participant is ever disabled.
//   - There are no answers for browsers of other origins (CORS), and 404 and 405 are net/http's.
//
// # Participants
//
// The server starts with one, [Server.Client], which has every role and reads the keys of every site. [Server.AddClient]
// adds others, of their own sites and roles, who read only the keys that they were granted.
//
// # Keys and sites
//
// The server starts with the publisher [PublisherSite]; [Server.AddSite] adds others. Each has keys of its own. Tokens of
// a site that the server doesn't know are sealed under the keys of [SharedSite], which everybody reads, as operators do
// for publishers without keys. [Server.RotateKeys] makes new keys, and [Server.RetireKeys] drops the old ones. Participants learn
// of all this when they fetch keys again, not before. [Server.RetireRefreshKey] is what ends refresh tokens.
//
// # Users
//
// Everybody has a raw UID: it follows from their email or phone. [Server.OptOutUser] and [Server.OptOut] make users opt out,
// and a participant with a webhook ([Server.AddWebhook]) is told, as the opt-out service does it, retries and all.
// [Server.RotateSalts] gives all users new raw UIDs. The identities that operators have for tests are there, too:
//
//	validate@example.com        +12345678901  never opted out
//	optout@example.com          +00000000000  always opted out
//	refresh-optout@example.com  +00000000002  opted out at the first refresh
//
// # Faults
//
// [Server.Fail] makes answers fail, late or wrong, always or a number of times, until [Server.Heal].
//
// # Without a network
//
// [NewUnstartedServer] listens nowhere until it is started; tokens, raw UIDs and [Server.KeyAnswer] work all the same.
//
// # Determinism
//
// Ids, credentials, key secrets and raw UIDs follow from the seed ([WithSeed]), the identity scope and the order of calls.
// So two servers of the same seed and scope have the same participants, keys and users, and refresh each other's tokens.
// IVs, and with them the texts of tokens, are random, as they must be.
//
// # Secrets
//
// Nothing here protects anything: credentials are made up and guessable, which is why no other machine can connect. They are
// redacted in print all the same, as [Client] and [TokenSpec] are what tests print.
//
// # Concurrency
//
// A Server may be used from any number of goroutines, also while it serves; only Start comes first.
package uid2test
