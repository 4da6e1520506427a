// Package publisher is the publisher's client: it generates tokens for users who have given their
// email or phone, refreshes them, and reports when a user has opted out.
//
//	client := publisher.New(operatorClient)
//	user, err := dii.Email("user@example.com")
//	answer, err := client.Generate(ctx, user)
//	if answer.Outcome == publisher.Success {
//		stored := answer.Identity.JSON()           // for the session
//		token := answer.Identity.AdvertisingToken() // for bid requests
//	}
//
// Later, with what the session stores:
//
//	session, err := client.KeepFresh(ctx, stored, time.Now())
//	switch session.State {
//	case publisher.Kept: // go on with session.Identity
//	case publisher.Refreshed: // the same, and store session.Identity.JSON()
//	case publisher.Gone: // forget what is stored; generate again unless session.OptedOut
//	}
//
// # Outcomes
//
// An operator may answer that a user has opted out, or that the consent is insufficient. These are
// outcomes, not errors: there is no token, and asking again doesn't help. Errors are those of
// package operator, and ErrAnswer.
//
// An identity whose refresh token the operator can't open any more, or whose refresh_response_key
// is wrong, is gone: KeepFresh reports that at once, without waiting until it expires.
//
// # Without this package's HTTP client
//
// Programs with their own HTTP client make the JSON of a request with [GenerateRequest], seal it
// with operator.NewRequest, and parse the decrypted answer with [ParseGenerated]. For refreshing,
// there are [Identity.RefreshRequest] and [ParseRefreshed].
//
// # Concurrency
//
// A Client is safe for concurrent use. An [Identity] is immutable.
package publisher
