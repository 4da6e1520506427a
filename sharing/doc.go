// Package sharing is the sharer's pair: encrypt a raw UID for another participant, and decrypt what one sent.
//
// A raw UID must never travel in the open. The sender turns it into a token with [Sharer.Encrypt], which only those can
// open whom the sender's keyset is shared with; the receiver opens it with [Sharer.Decrypt].
//
//	client, err := operator.New(url, credentials)
//	keys, err := keyset.NewRefresher(client.SharingKeys)
//	defer keys.Close()
//	sharer, err := sharing.New(codec.ScopeUID2, keys)
//	token, status := sharer.Encrypt(nil, uid, time.Now().UnixMilli())
//
//	var verdict bidstream.Verdict
//	sharer.Decrypt(&verdict, token, time.Now().UnixMilli())
//	if uid, ok := verdict.RawUID(); ok {
//		// use uid
//	}
//
// # Encrypting
//
// These checks are made in this order, and the first that fails gives the status:
//
//	1  keys were loaded at least once                            NotInitialized
//	2  at least one key hasn't expired                           KeysNotSynced
//	3  the master keyset has an active key                       NotAuthorizedForMasterKey
//	4  the keyset to encrypt for has an active key               NotAuthorizedForKey
//	5  the keys say which site the caller is, the raw UID is one
//	   and of their scope, and a token of it can be              EncryptionFailure
//
// The token is of version 4, generated, refreshed and established now, and expires when the keys say, after 30 days by
// default. Its identity type comes from the raw UID, and is email for a version 2 raw UID, which tells none. IVs are fresh
// from crypto/rand, so encrypting a raw UID twice gives different tokens.
//
// # Decrypting
//
// The checks are those of package bidstream, with two differences: no domain or app name is asked for, and the limit of a
// token's lifetime is the one for sharing. Opt-outs are checked if [New] gets [bidstream.WithOptOuts]; otherwise that is left
// to the caller.
//
// # Concurrency
//
// A Sharer never changes and may be used from any goroutine, while its source replaces keys.
package sharing
