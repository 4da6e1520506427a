package operator

import "strings"

// Beginnings of the messages that operators answer with. Nothing else of a message is passed on: it
// could repeat what was sent.
const (
	messageTimestamp = "Invalid timestamp:"
	messageSecret    = "Invalid body: Check encryption key (ClientSecret)."
	messageConsent   = "User consent is invalid"
)

var knownMessages = []string{
	// of an envelope
	messageTimestamp,
	messageSecret,
	"Invalid body: Body is missing.",
	"Invalid body: Body is not valid base64.",
	"Invalid body: Body too short.",
	"Invalid body: Invalid request envelope format version",
	"Invalid payload in body: Data is not valid json string.",
	"Invalid body: The request body is unencrypted JSON.",
	// of a token to refresh
	"Invalid key: Generator of this token",
	"Invalid data: Check encryption method and encryption key.",
	// of a token to generate or validate
	messageConsent,
	"Required Parameter Missing",
	"Invalid token",
	"Unauthorised to validate token",
	// of maps, buckets and opt-outs
	"Incorrect request format",
	"Invalid link_id",
	"missing parameter since_timestamp",
	"invalid date, must conform to ISO 8601",
	"Invalid request body",
	"Request payload is too large",
}

// messageOneOf stands within the message about a request with none or several identities.
const messageOneOf = "exactly one of"

// knownMessage returns what of an operator's message is known, or "".
func knownMessage(message string) string {
	if strings.Contains(message, messageOneOf+" [") {
		return messageOneOf
	}
	for _, known := range knownMessages {
		if strings.HasPrefix(message, known) {
			return known
		}
	}
	return ""
}
