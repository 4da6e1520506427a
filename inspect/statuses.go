package inspect

import "strings"

// statusMeaning says what an operator means, and what to do.
type statusMeaning struct{ text, do string }

// statuses of operators' answers.
var statuses = map[string]statusMeaning{
	"success":                   {"success", ""},
	"optout":                    {"the user has opted out", "Drop the identity, and don't generate another one for this user."},
	"insufficient_user_consent": {"the consent string doesn't allow an identity", "Don't generate a token for this user without consent."},
	"client_error":              {"the operator refuses the request", "Check the request against the endpoint's documentation."},
	"invalid_token":             {"the operator doesn't accept the refresh token", "Drop the identity, and generate a new one when the user is next seen."},
	"expired_token":             {"the refresh token has expired", "Drop the identity, and generate a new one when the user is next seen."},
	"error":                     {"the operator doesn't accept the refresh token", "Drop the identity, and generate a new one when the user is next seen."},
	"unauthorized":              {"the operator refuses the credentials", "Check the API key, that it is this operator's and this environment's, and that it has the role for the endpoint."},
	"invalid_client":            {"the operator refuses the credentials", "Check the API key, and the site that it belongs to."},
	"invalid_http_origin":       {"the page's origin isn't registered for generating tokens in a browser", "Register the page's domain with the administrator of UID2."},
	"invalid_app_name":          {"the app's name isn't registered for generating tokens in an app", "Register the app with the administrator of UID2."},
	"unknown":                   {"the operator failed", "Ask again later; if it stays so, tell the operator."},
}

// statusEndpoints are the endpoints that answer with a status and nothing else.
var statusEndpoints = map[string]string{
	"optout":                    endpointIdentity,
	"insufficient_user_consent": endpointGenerate,
	"invalid_token":             endpointRefresh,
	"expired_token":             endpointRefresh,
	"error":                     endpointRefresh,
	"invalid_http_origin":       endpointClientGenerate,
	"invalid_app_name":          endpointClientGenerate,
}

// known returns a status that operators send, with its meaning. Any other text isn't repeated: it
// may be anything.
func known(status string) (string, statusMeaning) {
	if meaning, ok := statuses[status]; ok {
		return status, meaning
	}
	return "", statusMeaning{"its status is none that operators send", ""}
}

// causes are beginnings of operators' messages.
var causes = []struct {
	begins string
	statusMeaning
}{
	{"Invalid body: Body is missing", statusMeaning{"The request had no body.", "Send an encrypted body, also where there is nothing to say."}},
	{"Invalid body: Body is not valid base64", statusMeaning{"The request's body wasn't base64.", "Send padded standard base64, or bytes with the media type application/octet-stream."}},
	{"Invalid body: Body too short", statusMeaning{"The request's body was too short for an encrypted one.", "Encrypt the request as the protocol says: version, IV, time, nonce, content, tag."}},
	{"Invalid body: Invalid request envelope format version", statusMeaning{"The encrypted request doesn't begin with version 1.", "Put the byte 1 in front of the IV."}},
	{"Invalid body: Check encryption key", statusMeaning{"The operator couldn't open the request.", "Check the client secret: it belongs to the API key, and to this operator."}},
	{"Invalid body: The request body is unencrypted JSON", statusMeaning{"The request wasn't encrypted.", "Encrypt the request with the client secret."}},
	{"Invalid timestamp", statusMeaning{"The clocks of client and operator differ by minutes.", "Set the client's clock, and stamp each request just before it is sent."}},
	{"Invalid payload in body", statusMeaning{"What was encrypted isn't JSON.", "Encrypt the JSON that the endpoint wants."}},
	{"Invalid key: Generator of this token", statusMeaning{"The refresh token was made with a key that the operator doesn't have any more.", "Drop the identity, and generate a new one when the user is next seen."}},
	{"Invalid data: Check encryption method", statusMeaning{"The refresh token is damaged, or another operator's.", "Drop the identity, and generate a new one when the user is next seen."}},
	{"User consent is invalid", statusMeaning{"The consent string can't be read.", "Pass the TCF string as the consent platform gives it."}},
}

// causeOf says what a message means, if it is a known one. Others aren't repeated: operators quote
// requests.
func causeOf(message string) (statusMeaning, bool) {
	for _, cause := range causes {
		if strings.HasPrefix(message, cause.begins) {
			return cause.statusMeaning, true
		}
	}
	return statusMeaning{}, false
}
