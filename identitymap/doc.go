// Package identitymap is the advertiser's client: it turns emails and phones into raw UIDs, and says which of them to ask
// about again.
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
// A request takes up to operator.MaxIdentities. A longer list is split into batches, of which 8 are on their way at the same
// time, see [WithParallel]; identities with the same hash are asked for once. [WithProgress] tells how far it is. The outcome
// is that of one batch after another: if one fails, what those before it in the list said is returned with its error, and the
// others are ended.
//
// # Rotation
//
// Raw UIDs change about once a year. [Client.Map] tells when to ask again, and the previous raw UID for 90 days after a
// change. [Client.MapV2] tells a bucket of salts instead, and [Client.Buckets] which buckets were rotated since a time;
// operators remove both on 2026-09-30.
//
// # Personal data
//
// What is asked about leaves this process as hashes only. Results are keyed by dii.Identity and hold codec.RawUID, which
// print as placeholders.
//
// # Concurrency
//
// A Client may be used from any number of goroutines.
package identitymap
