// Package identitymap is the advertiser's client: it maps emails and phones to raw UIDs, and says
// when to ask again.
//
//	client := identitymap.New(operatorClient)
//	user, err := dii.Email("user@example.com")
//	result, err := client.Map(ctx, []dii.Identity{user, …})
//	if mapped, ok := result.Mapped[user]; ok {
//		keep(mapped.UID, mapped.RefreshFrom)
//	} else {
//		why := result.Unmapped[user]
//	}
//
// # Batches
//
// A request may have up to operator.MaxIdentities. A longer list is split into batches, 8 of which
// are in flight at a time, see [WithParallel]; identities with the same hash are sent once.
// [WithProgress] reports the progress. The outcome is that of sending one batch after another: if
// one fails, the results of those before it in the list are returned with its error, and the others
// are canceled.
//
// # Rotation
//
// Raw UIDs change about once a year. [Client.Map] returns when to ask again and, for 90 days after
// a change, the previous raw UID. [Client.MapV2] returns a salt bucket instead, and
// [Client.Buckets] the buckets that were rotated since a time; operators will remove both on
// 2026-09-30.
//
// # Personal data
//
// Only hashes leave this process. Results are keyed by dii.Identity and hold codec.RawUID, which
// print as placeholders.
//
// # Concurrency
//
// A Client is safe for concurrent use.
package identitymap
