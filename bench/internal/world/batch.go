package world

import "github.com/uid2rtb/uid2rtb/bidstream"

// batch is the scratch of a goroutine that decrypts several tokens at a time.
type batch struct {
	scratch
	at       int // of the next token
	tokens   [][]byte
	verdicts []bidstream.Verdict
}

// DecryptOne is Decrypt for tokens that come in their order: the next one each time, whichever turn it is. So nothing of
// a token is in the processor's caches, if there are enough of them.
func (w *World) DecryptOne(from int) func(int) {
	at, decrypt := from, w.Decrypt(w.Decrypter)
	return func(int) {
		decrypt(at)
		at++
	}
}

// DecryptBatch is DecryptOne by batches of so many tokens, one each time.
func (w *World) DecryptBatch(from, size int) func(int) {
	own := &batch{at: from, tokens: make([][]byte, size), verdicts: make([]bidstream.Verdict, size)}
	return func(int) { w.decryptBatch(own) }
}

func (w *World) decryptBatch(own *batch) {
	for i := range own.tokens {
		own.tokens[i] = w.Tokens[own.at%len(w.Tokens)].Text
		own.at++
	}
	w.Decrypter.DecryptBatch(own.verdicts, own.tokens, Query)
	for i := range own.verdicts {
		uid, ok := own.verdicts[i].RawUID()
		if uid.AppendReveal(own.raw[:0]); !ok {
			panic("bench: a token has no raw UID to bid on")
		}
	}
}
