// Package world has what is measured: keys, tokens under them, bid requests with these tokens, and what the cryptography alone
// costs. Its functions panic where something that was made here doesn't work.
package world

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/optout"
)

const (
	TokenCount = 4000
	UsualKeys  = 2000
	OptedOut   = 100_000 // users in the index where it isn't the subject
	NowMs      = 1_768_478_400_000
	hourMs     = 3_600_000
)

var now = time.UnixMilli(NowMs)

// World is some keys, tokens under them in one version, and a decrypter with everything that it needs.
type World struct {
	Secrets   [][]byte // of key number i+1
	Answer    []byte   // of the operator, with these keys
	Snapshot  *keyset.Snapshot
	Decrypter *bidstream.Decrypter
	OptOuts   *optout.Index
	Tokens    []Sealed
	bidder    *bidder.Bidder
}

// Sealed is a token, and what its floor needs.
type Sealed struct {
	Text         []byte
	Master, Site uint32 // ids of keys
	Bytes        []byte
}

// Query is how the tokens are asked about.
var Query = bidstream.Query{Name: "example.com", Scope: codec.ScopeUID2, NowMs: NowMs}

// New makes keys, and no tokens yet.
func New(keys int) (*World, error) {
	w := &World{Secrets: make([][]byte, keys), OptOuts: optout.NewIndex()}
	for i := range w.Secrets {
		w.Secrets[i] = make([]byte, codec.KeySize)
		rand.Read(w.Secrets[i])
	}
	w.Answer = AnswerOf(w.Secrets)
	var err error
	if w.Snapshot, err = keyset.Parse(w.Answer); err != nil {
		return nil, err
	}
	for i := range OptedOut {
		w.OptOuts.Add(UserOf(uint64(i)+1<<40), NowMs)
	}
	if w.Decrypter, err = w.DecrypterOf(keyset.Static(w.Snapshot)); err != nil {
		return nil, err
	}
	w.bidder, err = bidder.New(w.Decrypter, bidder.Annotate)
	return w, err
}

// DecrypterOf makes a decrypter with keys of its own and the world's opt-outs.
func (w *World) DecrypterOf(keys bidstream.KeySource) (*bidstream.Decrypter, error) {
	return bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keys), bidstream.WithOptOuts(w.OptOuts))
}

// WithoutOptOuts makes a decrypter for which nobody has opted out, with an index that it asks all the same.
func (w *World) WithoutOptOuts() (*bidstream.Decrypter, error) {
	return bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keyset.Static(w.Snapshot)), bidstream.WithOptOuts(optout.NewIndex()))
}

// AnswerOf is what an operator answers with these keys.
func AnswerOf(secrets [][]byte) []byte {
	var b strings.Builder
	b.WriteString(`{"status":"success","body":{"identity_scope":"UID2","max_bidstream_lifetime_seconds":259200,"allow_clock_skew_seconds":1800,"site_data":[],"keys":[`)
	for i, secret := range secrets {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"keyset_id":%d,"created":1700000000,"activates":1700086400,"expires":1900000000,"secret":"%s"}`,
			i+1, i/10+1, base64.StdEncoding.EncodeToString(secret))
	}
	b.WriteString(`]}}`)
	return []byte(b.String())
}

// UserOf is a raw UID, one for each number.
func UserOf(n uint64) codec.RawUID {
	var raw [32]byte
	binary.LittleEndian.PutUint64(raw[:], n*0x9E3779B97F4A7C15)
	binary.LittleEndian.PutUint64(raw[8:], n)
	uid, err := codec.NewRawUID(raw[:])
	if err != nil {
		panic(err) // 32 bytes are one
	}
	return uid
}

// Seal makes the usual number of tokens under random keys, in the version's own alphabet or in the other one.
func (w *World) Seal(v codec.Version, otherAlphabet bool) error {
	return w.SealMany(TokenCount, v, otherAlphabet)
}

// SealMany makes so many tokens.
func (w *World) SealMany(n int, v codec.Version, otherAlphabet bool) error {
	random := mathrand.New(mathrand.NewPCG(1, 2))
	w.Tokens = make([]Sealed, n)
	for i := range w.Tokens {
		t := &w.Tokens[i]
		t.Master, t.Site = 1+uint32(random.IntN(len(w.Secrets))), 1+uint32(random.IntN(len(w.Secrets)))
		fields := codec.Fields{
			Scope: codec.ScopeUID2, Type: codec.TypeEmail, SiteID: 7, UID: UserOf(uint64(i)),
			EstablishedMs: NowMs - 24*hourMs, GeneratedMs: NowMs - hourMs, RefreshedMs: NowMs - hourMs, ExpiresMs: NowMs + hourMs,
		}
		text, err := codec.AppendSeal(nil, v, &fields, w.Snapshot.Keys().Lookup(t.Master), w.Snapshot.Keys().Lookup(t.Site))
		if err != nil {
			return err
		}
		if t.Bytes, err = decodeText(text); err != nil {
			return err
		}
		if t.Text = text; otherAlphabet {
			t.Text = inOtherAlphabet(v, t.Bytes)
		}
		var verdict bidstream.Verdict
		if w.Decrypter.Decrypt(&verdict, t.Text, Query); verdict.Status != codec.Success {
			return fmt.Errorf("a token of version %d is %v", v, verdict.Status)
		}
	}
	return nil
}

func decodeText(text []byte) ([]byte, error) {
	if strings.ContainsAny(string(text), "-_") || len(text)%4 != 0 {
		return base64.RawURLEncoding.DecodeString(string(text))
	}
	return base64.StdEncoding.DecodeString(string(text))
}

func inOtherAlphabet(v codec.Version, b []byte) []byte {
	if v == codec.V4 {
		return []byte(base64.StdEncoding.EncodeToString(b))
	}
	return []byte(base64.RawURLEncoding.EncodeToString(b))
}

// Bytes is about how much memory keys, opt-outs and tokens have.
func (w *World) Bytes() int {
	const key, token = 900, 300
	return key*len(w.Secrets) + w.OptOuts.Bytes() + token*len(w.Tokens)
}

// Floor is the cryptography of the tokens alone, with prepared keys and nothing looked up.
func (w *World) Floor(v codec.Version) (func(i int), error) {
	if v == codec.V2 {
		return w.floorV2()
	}
	aeads := make([]cipher.AEAD, len(w.Secrets))
	for i, secret := range w.Secrets {
		block, err := aes.NewCipher(secret)
		if err != nil {
			return nil, err
		}
		if aeads[i], err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
	}
	type layers struct {
		master, site   cipher.AEAD
		outerIV, outer []byte
		innerIV, inner []byte
	}
	prepared := make([]layers, len(w.Tokens))
	for i, t := range w.Tokens {
		l := layers{master: aeads[t.Master-1], site: aeads[t.Site-1], outerIV: t.Bytes[6:18], outer: t.Bytes[18:]}
		opened, err := l.master.Open(nil, l.outerIV, l.outer, nil)
		if err != nil {
			return nil, err
		}
		l.innerIV, l.inner = opened[33:45], opened[45:]
		prepared[i] = l
	}
	var outer, inner [256]byte
	return func(i int) {
		l := &prepared[i%len(prepared)]
		if _, err := l.master.Open(outer[:0], l.outerIV, l.outer, nil); err != nil {
			panic(err) // it opened above
		}
		if _, err := l.site.Open(inner[:0], l.innerIV, l.inner, nil); err != nil {
			panic(err)
		}
	}, nil
}

// floorV2 is the twelve block decryptions of version 2.
func (w *World) floorV2() (func(i int), error) {
	blocks := make([]cipher.Block, len(w.Secrets))
	for i, secret := range w.Secrets {
		var err error
		if blocks[i], err = aes.NewCipher(secret); err != nil {
			return nil, err
		}
	}
	var data [16]byte
	return func(i int) {
		t := &w.Tokens[i%len(w.Tokens)]
		master, site := blocks[t.Master-1], blocks[t.Site-1]
		for range 6 {
			master.Decrypt(data[:], data[:])
		}
		for range 6 {
			site.Decrypt(data[:], data[:])
		}
	}, nil
}

// scratch is what a goroutine that decrypts writes to. It shares no cache line with another one's: where
// two did, two cores decrypted a third more than one, and not twice as much.
type scratch struct {
	_       [128]byte // two lines, since the processor fetches them in pairs
	verdict bidstream.Verdict
	token   codec.Token
	raw     [64]byte
	_       [128]byte
}

// Decrypt is what a bidder does: text in, verdict with the raw UID as text out, every check made.
func (w *World) Decrypt(d *bidstream.Decrypter) func(i int) {
	own := new(scratch)
	return func(i int) {
		d.Decrypt(&own.verdict, w.Tokens[i%len(w.Tokens)].Text, Query)
		uid, ok := own.verdict.RawUID()
		if uid.AppendReveal(own.raw[:0]); !ok {
			panic("bench: a token has no raw UID to bid on")
		}
	}
}
