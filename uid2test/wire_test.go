package uid2test_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// wire talks to a server with net/http and the standard library's cryptography, without any code of
// this module, so that client and server can't share a misreading of the protocol.
type wire struct {
	t   *testing.T
	s   *uid2test.Server
	at  *clock           // the server's
	who *uid2test.Client // nil means nobody
	off time.Duration    // the error of the client's clock
}

// heard is an answer, opened if it was sealed.
type heard struct {
	http        int
	contentType string
	text        string // the JSON, or any other body
	status      string // from the JSON, as are the following
	message     string
	body        json.RawMessage
}

func (w *wire) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) aead(secret []byte) cipher.AEAD {
	w.t.Helper()
	block, err := aes.NewCipher(secret)
	w.must(err)
	aead, err := cipher.NewGCM(block)
	w.must(err)
	return aead
}

func (w *wire) secret() []byte { return secretOf(w.t, w.who) }

func (w *wire) authorization() string {
	if w.who == nil {
		return ""
	}
	return "Bearer " + w.who.APIKey
}

// wireNonce and wireIV are the same in every request, which operators don't notice.
var wireNonce, wireIV = []byte("12345678"), []byte("123456789012")

// seal returns the bytes of an envelope.
func (w *wire) seal(payload string) []byte {
	w.t.Helper()
	plain := binary.BigEndian.AppendUint64(nil, uint64(w.at.now().Add(w.off).UnixMilli()))
	plain = append(append(plain, wireNonce...), payload...)
	return w.aead(w.secret()).Seal(append([]byte{1}, wireIV...), wireIV, plain, nil)
}

// open decrypts an answer's bytes, which start with an IV.
func (w *wire) open(secret, sealed []byte) string {
	w.t.Helper()
	if len(sealed) < 12 {
		w.t.Fatalf("an answer of %d bytes", len(sealed))
	}
	plain, err := w.aead(secret).Open(nil, sealed[:12], sealed[12:], nil)
	w.must(err)
	return string(plain)
}

func (w *wire) openBase64(secret []byte, text string) string {
	w.t.Helper()
	sealed, err := base64.StdEncoding.DecodeString(text)
	w.must(err)
	return w.open(secret, sealed)
}

// post sends an unmodified body.
func (w *wire) post(path, contentType string, body []byte) heard {
	w.t.Helper()
	got, err := send(w.s.URL+path, w.authorization(), contentType, body)
	w.must(err)
	return heard{http: got.status, contentType: got.header.Get("Content-Type"), text: string(got.body)}
}

// get sends a request without a body.
func (w *wire) get(path string) heard {
	w.t.Helper()
	response, err := http.Get(w.s.URL + path)
	w.must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	w.must(err)
	return heard{http: response.StatusCode, contentType: response.Header.Get("Content-Type"), text: string(text)}
}

// read parses the JSON, if the body is JSON.
func (h heard) read() heard {
	var a answered
	if json.Unmarshal([]byte(h.text), &a) == nil {
		h.status, h.message, h.body = a.Status, a.Message, a.Body
	}
	return h
}

// postSealed sends a body to an endpoint that seals its answers, and opens a sealed one.
func (w *wire) postSealed(path, contentType string, body []byte) heard {
	w.t.Helper()
	h := w.post(path, contentType, body)
	if h.http != 200 {
		return h.read()
	}
	sealed := []byte(h.text)
	if h.contentType != octetStream {
		var err error
		sealed, err = base64.StdEncoding.DecodeString(h.text)
		w.must(err)
	}
	plain := w.open(w.secret(), sealed)
	if plain[8:16] != string(wireNonce) {
		w.t.Error("another nonce")
	}
	h.text = plain[16:]
	return h.read()
}

// ask sends a payload in an envelope.
func (w *wire) ask(path, payload string) heard {
	w.t.Helper()
	return w.postSealed(path, "text/plain", base64.StdEncoding.AppendEncode(nil, w.seal(payload)))
}

// identity is the identity of a user, made for the caller.
func (w *wire) identity(payload string) identity {
	w.t.Helper()
	h := w.ask(uid2test.PathGenerate, payload)
	return identityOf(w.t, answered{h.status, h.message, h.body})
}

// refresh sends a refresh token, and opens the answer with the response key, if there is one.
func (w *wire) refresh(token string, responseKey []byte) heard {
	w.t.Helper()
	h := w.post(uid2test.PathRefresh, "text/plain", []byte(token))
	if h.http == 200 && responseKey != nil {
		h.text = w.openBase64(responseKey, h.text)
	}
	return h.read()
}

// damage changes a byte of a base64 text.
func (w *wire) damage(text string, at int) string {
	w.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	w.must(err)
	raw[at] ^= 0x10
	return base64.StdEncoding.EncodeToString(raw)
}

// as returns w for another participant.
func (w *wire) as(c *uid2test.Client) *wire {
	other := *w
	other.who = c
	return &other
}

// opened returns a token, opened with all keys.
func (w *wire) opened(text string) *codec.Token {
	w.t.Helper()
	token, status := open(w.t, text, w.s.KeyAnswer(w.s.Client(), uid2test.PathBidstream))
	if status != codec.Success {
		w.t.Fatal(status)
	}
	return token
}

// repeat returns an array with n copies of an element.
func repeat(element string, n int) string {
	return "[" + string(bytes.TrimSuffix(bytes.Repeat([]byte(element+","), n), []byte(","))) + "]"
}
