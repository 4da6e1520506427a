package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// headerSize is the size of time and nonce in front of an answer's JSON.
const headerSize = 8 + envelope.NonceSize

// decodeSecret returns the bytes of a client secret.
func decodeSecret(text string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(secret) != envelope.SecretSize {
		return nil, envelope.ErrSecretSize
	}
	return secret, nil
}

// openAnswer explains bytes that the secret opens. It returns false if it opens nothing.
func (i *Inspector) openAnswer(sealed []byte, input Input) (Report, bool) {
	secret, err := decodeSecret(input.Secret)
	if err != nil {
		return Report{}, false
	}
	if plain, err := envelope.OpenSealed(secret, sealed); err == nil {
		return i.openedAnswer(plain, input), true
	}
	if sentMs, _, _, err := envelope.OpenRequest(secret, sealed); err == nil {
		answer := &Answer{Enveloped: true, Opened: true, Times: []Moment{moment("sent", sentMs, input.NowMs)},
			Notes: []string{"It is a client's request, which may hold emails or phone numbers; they aren't shown."}}
		return Report{Kind: KindAnswer, Summary: "An encrypted request that a client sent to an operator, not an answer.", Answer: answer}, true
	}
	return Report{}, false
}

// openedAnswer explains what was in an envelope: JSON, after time and nonce unless it answers a
// refresh.
func (i *Inspector) openedAnswer(plain []byte, input Input) Report {
	var times []Moment
	bare := bytes.HasPrefix(bytes.TrimSpace(plain), []byte("{"))
	if !bare && len(plain) >= headerSize {
		times = append(times, moment("answered", int64(binary.BigEndian.Uint64(plain)), input.NowMs))
		plain = plain[headerSize:]
	}
	report := i.answerReport(plain, input)
	answer := report.Answer
	answer.Enveloped, answer.Opened, answer.Times = true, true, append(times, answer.Times...)
	if bare {
		answer.Notes = append(answer.Notes, "It has neither time nor nonce, as the answer to a token refresh, which the identity's refresh_response_key opens.")
		if answer.Endpoint == endpointIdentity {
			answer.Endpoint = endpointRefresh
		}
	} else {
		answer.Notes = append(answer.Notes, "Whether it answers your request can't be seen here: only the request has the nonce to compare.")
	}
	return report
}

// sealedAnswer explains base64 that may be an encrypted answer.
func (i *Inspector) sealedAnswer(text string, d decoded, input Input) Report {
	answer := &Answer{Enveloped: true, Why: "to open it, the client secret is needed"}
	advice := "Give the client secret of whoever asked the operator; the answer to a token refresh opens with the identity's refresh_response_key."
	if input.Secret != "" {
		answer.Why = "it doesn't open under this secret: it was sealed under another one, or changed since"
		if _, err := decodeSecret(input.Secret); err != nil {
			answer.Why = "the secret isn't the base64 of 32 bytes"
		}
	}
	if len(text) == refreshTokenLength {
		answer.Notes = append(answer.Notes, "A refresh token has as many characters. Only the operator can open it.")
	}
	answer.Notes = append(answer.Notes, "It isn't a token: "+(&said{decoded: d}).noVersion()+".")
	summary := fmt.Sprintf("%d bytes in base64, which may be an operator's encrypted answer: %s.", len(d.bytes), answer.Why)
	return Report{Kind: KindAnswer, Summary: summary, Advice: []string{advice}, Answer: answer}
}

// refreshTokenLength is the length of today's refresh tokens, in characters.
const refreshTokenLength = 388

// answerReport explains an operator's answer in JSON.
func (i *Inspector) answerReport(text []byte, input Input) Report {
	answer := &Answer{}
	var parsed struct {
		Status  *string         `json:"status"`
		Message string          `json:"message"`
		Body    json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		answer.Notes = []string{"It isn't the JSON of an answer: " + where(err) + "."}
		return Report{Kind: KindAnswer, Summary: "Something that isn't an operator's answer.", Answer: answer}
	}
	meaning := statusMeaning{"it has no status", ""}
	if parsed.Status != nil {
		answer.Status, meaning = known(*parsed.Status)
	}
	if len(parsed.Body) > 0 && string(parsed.Body) != "null" {
		i.body(answer, text, parsed.Body, input)
	}
	if answer.Endpoint == "" {
		answer.Endpoint = statusEndpoints[answer.Status]
	}
	report := Report{Kind: KindAnswer, Answer: answer, Summary: "An operator's answer" + from(answer.Endpoint) + ": " + meaning.text + "."}
	if cause, ok := causeOf(parsed.Message); ok {
		answer.Notes = append(answer.Notes, cause.text)
		meaning.do = cause.do
	}
	if meaning.do != "" {
		report.Advice = []string{meaning.do}
	}
	return report
}

func from(endpoint string) string {
	if endpoint == "" {
		return ""
	}
	return " of " + endpoint
}
