package main

import "slices"

// sizes says for how many blocks of 16 bytes the ciphers have code. Everything else is opened by
// the standard library.
type sizes struct {
	GCM []int // of a layer of versions 3 and 4, without its tag
	CBC []int // of a layer of version 2, with its padding
}

// ofTokens are those of the layers of tokens, whose layouts are drawn in codec/v2.go and codec/v4.go.
// A number more is all that another size needs.
//
// A site layer of versions 3 and 4 has 36 bytes and the raw UID, of 32 or 33 today: 5 blocks, or 6
// with a raw UID of up to 60 bytes. A master layer has 61 bytes more: 9 blocks, or 10.
//
// Version 2 is closed, and has one size: 5 blocks in 7.
var ofTokens = sizes{
	GCM: []int{5, 6, 9, 10},
	CBC: []int{5, 7},
}

// Powers is how many powers of the hash key opening needs: one for each block, and one for the
// length.
func (s sizes) Powers() int { return slices.Max(s.GCM) + 1 }
