// Package sharing lets participants share raw UIDs: it encrypts a raw UID for another participant,
// and decrypts what one has sent.
//
// A raw UID must never be sent unencrypted. The sender turns it into a token with [Sharer.Encrypt],
// which only those can open with whom the sender's keyset is shared; the receiver opens it with
// [Sharer.Decrypt].
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
// Encrypting makes these checks in this order. The first one that fails determines the status:
//
//	1  keys were loaded at least once                            NotInitialized
//	2  at least one key hasn't expired                           KeysNotSynced
//	3  the master keyset has an active key                       NotAuthorizedForMasterKey
//	4  the keyset to encrypt for has an active key               NotAuthorizedForKey
//	5  the keys say which site the caller is, the raw UID is one
//	   and of their scope, and a token of it can be              EncryptionFailure
//
// The token is of version 4, generated, refreshed and established now, and expires after the
// lifetime that the keys set, 30 days by default. Its identity type is that of the raw UID, or
// email for a version 2 raw UID, which has none. The IVs come from crypto/rand, so encrypting a raw
// UID twice gives different tokens.
//
// # Decrypting
//
// The checks are those of package bidstream, with two differences: the domain or app name isn't
// checked, and the lifetime limit is the one for sharing. Opt-outs are checked if [New] gets
// [bidstream.WithOptOuts]; otherwise that is left to the caller.
//
// # Concurrency
//
// A Sharer is immutable and safe for concurrent use, also while its source replaces keys.
package sharing
