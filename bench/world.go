package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	mathrand "math/rand/v2"
	"strings"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/optout"
)

const (
	tokenCount   = 4000
	usualKeys    = 2000
	optedOutHere = 100_000 // users in the index where it isn't the subject
	nowMs        = 1_768_478_400_000
	hourMs       = 3_600_000
)

// world is some keys, tokens under them in one version, and a decrypter with everything that it needs.
type world struct {
	secrets   [][]byte // of key number i+1
	answer    []byte   // of the operator, with these keys
	snapshot  *keyset.Snapshot
	decrypter *bidstream.Decrypter
	optOuts   *optout.Index
	tokens    []sealed
}

// sealed is a token, and what its floor needs.
type sealed struct {
	text         []byte
	master, site uint32 // ids of keys
	bytes        []byte
}

// query is how the tokens are asked about.
var query = bidstream.Query{Name: "example.com", Scope: codec.ScopeUID2, NowMs: nowMs}

// newWorld makes keys, and no tokens yet.
func newWorld(keys int) (*world, error) {
	w := &world{secrets: make([][]byte, keys), optOuts: optout.NewIndex()}
	for i := range w.secrets {
		w.secrets[i] = make([]byte, codec.KeySize)
		rand.Read(w.secrets[i])
	}
	w.answer = answerOf(w.secrets)
	var err error
	if w.snapshot, err = keyset.Parse(w.answer); err != nil {
		return nil, err
	}
	for i := range optedOutHere {
		w.optOuts.Add(userOf(uint64(i)+1<<40), nowMs)
	}
	w.decrypter = w.decrypterOf(keyset.Static(w.snapshot))
	return w, nil
}

func (w *world) decrypterOf(keys bidstream.KeySource) *bidstream.Decrypter {
	return bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keys), bidstream.WithOptOuts(w.optOuts))
}

// answerOf is what an operator answers with these keys.
func answerOf(secrets [][]byte) []byte {
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

// userOf is a raw UID, one for each number.
func userOf(n uint64) codec.RawUID {
	var raw [32]byte
	binary.LittleEndian.PutUint64(raw[:], n*0x9E3779B97F4A7C15)
	binary.LittleEndian.PutUint64(raw[8:], n)
	uid, err := codec.NewRawUID(raw[:])
	if err != nil {
		panic(err) // 32 bytes are one
	}
	return uid
}

// seal makes tokens under random keys, in the version's own alphabet or in the other one.
func (w *world) seal(v codec.Version, otherAlphabet bool) error {
	random := mathrand.New(mathrand.NewPCG(1, 2))
	w.tokens = make([]sealed, tokenCount)
	for i := range w.tokens {
		t := &w.tokens[i]
		t.master, t.site = 1+uint32(random.IntN(len(w.secrets))), 1+uint32(random.IntN(len(w.secrets)))
		fields := codec.Fields{
			Scope: codec.ScopeUID2, Type: codec.TypeEmail, SiteID: 7, UID: userOf(uint64(i)),
			EstablishedMs: nowMs - 24*hourMs, GeneratedMs: nowMs - hourMs, RefreshedMs: nowMs - hourMs, ExpiresMs: nowMs + hourMs,
		}
		text, err := codec.AppendSeal(nil, v, &fields, w.snapshot.Keys().Lookup(t.master), w.snapshot.Keys().Lookup(t.site))
		if err != nil {
			return err
		}
		if t.bytes, err = decodeText(text); err != nil {
			return err
		}
		if t.text = text; otherAlphabet {
			t.text = inOtherAlphabet(v, t.bytes)
		}
		var verdict bidstream.Verdict
		if w.decrypter.Decrypt(&verdict, t.text, query); verdict.Status != codec.Success {
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

// floor is the cryptography of the tokens alone, with prepared keys and nothing looked up.
func (w *world) floor(v codec.Version) (func(i int), error) {
	if v == codec.V2 {
		return w.floorV2()
	}
	aeads := make([]cipher.AEAD, len(w.secrets))
	for i, secret := range w.secrets {
		block, err := aes.NewCipher(secret)
		if err != nil {
			return nil, err
		}
		if aeads[i], err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
	}
	type layers struct {
		master, site           cipher.AEAD
		outerIV, outer         []byte
		innerIV, inner, opened []byte
	}
	prepared := make([]layers, len(w.tokens))
	for i, t := range w.tokens {
		l := layers{master: aeads[t.master-1], site: aeads[t.site-1], outerIV: t.bytes[6:18], outer: t.bytes[18:]}
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
func (w *world) floorV2() (func(i int), error) {
	blocks := make([]cipher.Block, len(w.secrets))
	for i, secret := range w.secrets {
		var err error
		if blocks[i], err = aes.NewCipher(secret); err != nil {
			return nil, err
		}
	}
	var data [16]byte
	return func(i int) {
		t := &w.tokens[i%len(w.tokens)]
		master, site := blocks[t.master-1], blocks[t.site-1]
		for range 6 {
			master.Decrypt(data[:], data[:])
		}
		for range 6 {
			site.Decrypt(data[:], data[:])
		}
	}, nil
}

// decrypt is what a bidder does: text in, verdict with the raw UID as text out, every check made.
func (w *world) decrypt(d *bidstream.Decrypter) func(i int) {
	var verdict bidstream.Verdict
	raw := make([]byte, 0, 64)
	return func(i int) {
		d.Decrypt(&verdict, w.tokens[i%len(w.tokens)].text, query)
		if raw = verdict.UID.AppendReveal(raw[:0]); verdict.Status != codec.Success {
			panic("bench: a token doesn't open")
		}
	}
}
