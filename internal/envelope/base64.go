package envelope

import (
	"bytes"
	"encoding/base64"
)

// strict also requires the unused bits of the last character to be zero, so that each envelope has
// exactly one text.
var strict = base64.StdEncoding.Strict()

// AppendBase64 appends the padded standard base64 of raw to dst and returns the extended slice.
func AppendBase64(dst, raw []byte) []byte {
	return base64.StdEncoding.AppendEncode(dst, raw)
}

// DecodeBase64 decodes padded standard base64 into fresh memory. It accepts exactly the texts that
// AppendBase64 writes: no line breaks (encoding/base64 would skip them), no URL-safe alphabet, no
// missing padding, no unused bits set. Anything else is ErrBase64.
func DecodeBase64(text []byte) ([]byte, error) {
	if bytes.ContainsAny(text, "\r\n") {
		return nil, ErrBase64
	}
	raw, err := strict.AppendDecode(nil, text)
	if err != nil {
		return nil, ErrBase64
	}
	return raw, nil
}
