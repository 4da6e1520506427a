package uid2test

import (
	"encoding/json"
	"net/http"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Paths of the endpoints for publishers.
const (
	PathGenerate = "/v2/token/generate"
	PathRefresh  = "/v2/token/refresh"
	PathValidate = "/v2/token/validate"
)

// pathLogout is the path to which the opt-out portal reports opt-outs. It requires a role of its
// own, which no participant here has.
const pathLogout = "/v2/token/logout"

func (s *Server) routeTokens() {
	s.mux.HandleFunc(http.MethodPost+" "+PathGenerate, s.endpoint(s.enveloped(Generator, s.generate)))
	s.mux.HandleFunc(http.MethodPost+" "+PathRefresh, s.endpoint(s.refresh))
	s.mux.HandleFunc(http.MethodPost+" "+PathValidate, s.endpoint(s.enveloped(Generator, s.validate)))
	s.mux.HandleFunc(http.MethodPost+" "+pathLogout, s.endpoint(func(x *exchange) { x.refuse(unauthorized) }))
}

// exactlyOne refuses requests with no identity, or with several, where operators accept exactly
// one.
var exactlyOne = clientError("Required Parameter Missing: exactly one of [email, email_hash, phone, phone_hash] must be specified")

// user returns the user whom a request names in one of four ways.
func (p payload) user() (u user, no *refusal) {
	ways, valid := 0, false
	for _, kind := range identityKinds {
		if text, ok := p.text(kind.name); ok {
			ways++
			u, valid = kind.read(text)
		}
	}
	switch {
	case ways != 1:
		return user{}, exactlyOne
	case !valid:
		return user{}, clientError("Invalid Identifier")
	}
	return u, nil
}

// status returns an answer without a body.
func status(word string) []byte {
	answer, err := json.Marshal(map[string]string{"status": word})
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	return answer
}

// generate makes a user's first token for the caller's site. EUID operators check the consent
// string, if there is one.
func (s *Server) generate(p *participant, asked payload) ([]byte, *refusal) {
	u, no := asked.user()
	if no != nil {
		return nil, no
	}
	if tcf, given := asked[tcfName]; given && s.config.scope == codec.ScopeEUID {
		switch readTCF(textOf(tcf)) {
		case consentUnreadable:
			return nil, clientError("User consent is invalid")
		case consentOfVersion1:
			return nil, unknownError("Unknown error while generating token v2")
		case consentInsufficient:
			return status("insufficient_user_consent"), nil
		}
	}
	if !s.mayHaveToken(u, false) {
		return status("optout"), nil
	}
	nowMs := s.config.now().UnixMilli()
	return success(s.issue(u, p.SiteID, nowMs, nowMs, true)), nil
}

// validate reports whether a token was generated for a user. The token must be sealed under a key
// of the caller's site: publishers without keys of their own can't call it.
func (s *Server) validate(p *participant, asked payload) ([]byte, *refusal) {
	u, no := asked.user()
	if no != nil {
		return nil, no
	}
	text, _ := asked.text("token")
	var token codec.Token
	s.mu.Lock()
	table := s.keys.table()
	s.mu.Unlock()
	if codec.Parse(&token, text) != codec.Success || token.Open(table) != codec.Success {
		return nil, clientError("Invalid token")
	}
	if !s.ownsKey(p.SiteID, token.SiteKeyID) {
		return nil, clientError("Unauthorised to validate token")
	}
	return success(token.UID == s.rawUID(u, token.UID.Version())), nil
}
