package uid2test_test

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// FuzzBody: a request of a known participant is answered 200 only if its body is an envelope under
// the client secret, in either form; otherwise 400, with client_error and a message.
func FuzzBody(f *testing.F) {
	s := start(f)
	c := s.Client()
	secret := secretOf(f, c)
	nonce := envelope.NewNonce()
	good := seal(f, c, time.Now(), nonce)
	for _, body := range [][]byte{nil, good, envelope.AppendBase64(nil, good), good[:44], []byte("{}"), []byte("AQ=="), make([]byte, 45)} {
		f.Add(body, true)
		f.Add(body, false)
	}
	for _, vector := range fixtures.Envelopes().Request.Vectors {
		f.Add([]byte(vector.Envelope), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, binary bool) {
		contentType := "text/plain"
		if binary {
			contentType = octetStream
		}
		got, err := send(s.URL+uid2test.PathSharing, "Bearer "+c.APIKey, contentType, body)
		if err != nil {
			t.Fatal(err)
		}
		if got.status != http.StatusOK {
			refused(t, "body", got, err, http.StatusBadRequest, "client_error", "Invalid ")
			return
		}
		_, _, _, err = envelope.OpenRequest(secret, body)
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding} {
			if text, textErr := encoding.DecodeString(string(body)); err != nil && textErr == nil {
				_, _, _, err = envelope.OpenRequest(secret, text)
			}
		}
		if err != nil {
			t.Errorf("200 for a body that doesn't open: %v", err)
		}
	})
}
