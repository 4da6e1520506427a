// Package doctor checks what a bidder, a module for Prebid Server or a participant with an API key
// depends on, and says what is wrong and what to do about it.
//
// Each subject is in a file of its own and yields findings in a fixed order. A check that can't be
// made because another one failed says so. Nothing that is found holds a secret, a token or a raw
// UID, and nothing is written anywhere but what [Receiver] says.
package doctor
