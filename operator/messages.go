package operator

import "strings"

// Prefixes of the messages with which operators answer. Nothing else of a message is passed on, as
// it could repeat what was sent.
const (
	messageTimestamp = "Invalid timestamp:"
	messageSecret    = "Invalid body: Check encryption key (ClientSecret)."
	messageConsent   = "User consent is invalid"
)

var knownMessages = []string{
	// about an envelope
	messageTimestamp,
	messageSecret,
	"Invalid body: Body is missing.",
	"Invalid body: Body is not valid base64.",
	"Invalid body: Body too short.",
	"Invalid body: Invalid request envelope format version",
	"Invalid payload in body: Data is not valid json string.",
	"Invalid body: The request body is unencrypted JSON.",
	// about a token to refresh
	"Invalid key: Generator of this token",
	"Invalid data: Check encryption method and encryption key.",
	// about a token to generate or validate
	messageConsent,
	"Required Parameter Missing",
	"Invalid token",
	"Unauthorised to validate token",
	// about maps, buckets and opt-outs
	"Incorrect request format",
	"Invalid link_id",
	"missing parameter since_timestamp",
	"invalid date, must conform to ISO 8601",
	"Invalid request body",
	"Request payload is too large",
}

// messageOneOf is part of the message about a request with no identity or with several.
const messageOneOf = "exactly one of"

// knownMessage returns the known part of an operator's message, or "".
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
