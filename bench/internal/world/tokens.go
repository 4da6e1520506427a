package world

import (
	"slices"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Open is codec alone.
func (w *World) Open() func(i int) {
	own := new(scratch)
	return func(i int) {
		if codec.Parse(&own.token, w.Tokens[i%len(w.Tokens)].Text) != codec.Success || own.token.Open(w.Snapshot.Keys()) != codec.Success {
			panic("bench: a token doesn't open")
		}
	}
}

// Garbage decrypts tokens that look right and aren't.
func (w *World) Garbage() func(i int) {
	texts := make([][]byte, len(w.Tokens))
	for i := range texts {
		texts[i] = slices.Clone(w.Tokens[i].Text)
		at := len(texts[i]) - 6 // not the bits that padding leaves over
		if texts[i][at] == 'A' {
			texts[i][at] = 'B'
		} else {
			texts[i][at] = 'A'
		}
	}
	own := *w
	own.Tokens = make([]Sealed, len(texts))
	for i := range texts {
		own.Tokens[i].Text = texts[i]
	}
	return own.decryptAny()
}

// decryptAny is decrypt for tokens that don't all open.
func (w *World) decryptAny() func(i int) {
	own := new(scratch)
	return func(i int) {
		w.Decrypter.Decrypt(&own.verdict, w.Tokens[i%len(w.Tokens)].Text, Query)
	}
}
