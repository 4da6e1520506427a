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
// of all this when they fetch keys again, not before.
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
// So two servers of the same seed and scope have the same participants, keys and users. IVs, and with them the
// texts of tokens, are random, as they must be.
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
