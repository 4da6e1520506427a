// Package uid2test is a local UID2 or EUID operator for tests, demonstrations and work without a
// network, modeled on net/http/httptest.
//
// [NewServer] starts one, on 127.0.0.1 only. Point a client at its URL with the credentials of a
// participant, and make tokens that the participant's keys open:
//
//	operator := uid2test.NewServer()
//	defer operator.Close()
//	bidder := operator.Client() // .APIKey, .ClientSecret
//	token := operator.Token(uid2test.TokenSpec{Email: "alice@example.com"})
//
// It speaks the real protocol: HTTP, API keys and roles, encrypted envelopes with fresh IVs, nonces
// and times that are checked, and the error answers of real operators. The endpoints are
//
//	POST /v2/key/bidstream   IDReader            keys and site names for bidders
//	POST /v2/key/sharing     IDReader or Sharer  keys to decrypt and encrypt with
//	POST /v2/key/latest      IDReader            the legacy list of keys
//
//	POST /v2/token/generate  Generator           a token for a user
//	POST /v2/token/refresh   anybody             the next token of an identity
//	POST /v2/token/validate  Generator           whether a token was generated for a user
//
//	POST /v3/identity/map      Mapper            raw UIDs of emails and phones
//	POST /v2/identity/map      Mapper            the same, one kind at a time
//	POST /v2/identity/buckets  Mapper            which salts were rotated
//	POST /v2/optout/status     all but Generator who has opted out
//
//	GET /ops/healthcheck       anybody           OK
//
// Answers are those of a real operator, version 5.70, word for word, including its oddities:
// requests that crash it are answered 500. The requests that it was sent, and its answers, are rows
// of a table in real_test.go.
//
// # Where it differs from operators
//
//   - POST /v2/token/client-generate, which browsers and apps call, doesn't exist; [Server.Token]
//     makes such tokens.
//   - POST /v2/token/logout is answered 401, as nobody has its role. Use [Server.OptOut] instead.
//   - A participant can read the keys that it was granted. With operators, bidders can read those
//     of every site without a list of its own.
//   - Refresh tokens are as long as those of operators, but their content has another form. They
//     are valid on the server that made them, and on others with the same seed and scope.
//   - Participants are never disabled for a time; [Server.RemoveClient] revokes an API key.
//
// - There are no answers for browsers of other origins (CORS), and 404 and 405 are those of
// net/http.
//
// # Participants
//
// The server starts with one participant, [Server.Client], which has every role and can read the
// keys of every site. [Server.AddClient] adds others, with their own sites and roles, who can read
// only the keys that they were granted. [Server.RemoveClient] removes one, so that the credentials
// of a site can be rotated.
//
// # Keys and sites
//
// The server starts with the publisher [PublisherSite]; [Server.AddSite] adds others. Each has keys
// of its own. Tokens of a site that the server doesn't know are sealed under the keys of
// [SharedSite], which everybody can read, as operators do for publishers without keys.
// [Server.RotateKeys] makes new keys, and [Server.RetireKeys] drops the old ones. Participants see
// such changes when they next fetch keys. [Server.RetireRefreshKey] invalidates refresh tokens.
//
// # Users
//
// Every user has a raw UID, which is derived from their email or phone. [Server.OptOutUser] and
// [Server.OptOut] make users opt out, and a participant with a webhook ([Server.AddWebhook]) is
// notified as by the opt-out service, including retries. [Server.RotateSalts] gives all users new
// raw UIDs. The test identities of operators exist, too:
//
//	validate@example.com        +12345678901  never opted out
//	optout@example.com          +00000000000  always opted out
//	refresh-optout@example.com  +00000000002  opts out at the first refresh
//
// # Faults
//
// [Server.Fail] makes answers fail, or makes them late or wrong, always or for a number of times,
// until [Server.Heal]. [Server.Stop] takes the whole server down, and [Server.Restart] brings it
// back.
//
// # Without a network
//
// [NewUnstartedServer] doesn't listen until it is started; tokens, raw UIDs and [Server.KeyAnswer]
// work without that.
//
// # Determinism
//
// Ids, credentials, key secrets and raw UIDs are derived from the seed ([WithSeed]), the identity
// scope and the order of calls. So two servers with the same seed and scope have the same
// participants, keys and users, and can refresh each other's tokens. IVs, and with them the texts
// of tokens, are random, as they must be.
//
// # Secrets
//
// Nothing here is protected: credentials are generated and guessable, which is why no other machine
// can connect. They are redacted when printed all the same, as tests print [Client] and
// [TokenSpec].
//
// # Concurrency
//
// A Server is safe for concurrent use, also while it serves requests; only Start must come first.
package uid2test
