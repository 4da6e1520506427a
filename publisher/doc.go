// Package publisher is the publisher's client: it generates tokens for users who gave their email or phone, keeps them fresh,
// and says when a user has opted out.
//
//	client := publisher.New(operatorClient)
//	user, err := dii.Email("user@example.com")
//	answer, err := client.Generate(ctx, user)
//	if answer.Outcome == publisher.Success {
//		session := answer.Identity.JSON() // to keep; answer.Identity.AdvertisingToken() goes into bid requests
//	}
//
// Later, with what the session keeps:
//
//	session, err := client.KeepFresh(ctx, stored, time.Now())
//	switch session.State {
//	case publisher.Kept: // go on with session.Identity
//	case publisher.Refreshed: // the same, and store session.Identity.JSON()
//	case publisher.Gone: // forget what is stored; generate anew unless session.OptedOut
//	}
//
// # Outcomes
//
// An operator may answer that a user has opted out, or hasn't consented to enough. These are outcomes, not errors: there is
// no token, and asking again is of no use. Errors are those of package operator, and ErrAnswer.
//
// An identity whose refresh token the operator can't open any more, or whose refresh_response_key
// isn't the right one, is gone: KeepFresh says so at once, and it is no use to keep it until it
// expires.
//
// # Without this package's HTTP client
//
// Those who bring their own make the JSON of a request with [GenerateRequest], seal it with operator.NewRequest, and read
// the opened answer with [ParseGenerated]. [Identity.RefreshRequest] and [ParseRefreshed] are the same for refreshing.
//
// # Concurrency
//
// A Client may be used from any number of goroutines. An [Identity] never changes.
package publisher
