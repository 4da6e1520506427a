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

func (s *Server) routeTokens() {
	s.mux.HandleFunc(http.MethodPost+" "+PathGenerate, s.endpoint(s.enveloped(Generator, s.generate)))
	s.mux.HandleFunc(http.MethodPost+" "+PathRefresh, s.endpoint(s.refresh))
	s.mux.HandleFunc(http.MethodPost+" "+PathValidate, s.endpoint(s.enveloped(Generator, s.validate)))
}

// userRequest names one user, in one of four ways.
type userRequest struct {
	Email     *string `json:"email"`
	EmailHash *string `json:"email_hash"`
	Phone     *string `json:"phone"`
	PhoneHash *string `json:"phone_hash"`
	TCF       *string `json:"tcf_consent_string"`
	Token     *string `json:"token"`
}

func parseUserRequest(payload []byte) (r userRequest, u user, no *refusal) {
	if json.Unmarshal(payload, &r) != nil {
		return r, u, clientError("Invalid payload in body: Data is not valid json string.")
	}
	u, no = r.user()
	return r, u, no
}

func (r *userRequest) user() (u user, no *refusal) {
	named, valid := 0, false
	for _, way := range []struct {
		text *string
		read func(text string) (user, bool)
	}{
		{r.Email, userOfEmail},
		{r.Phone, userOfPhone},
		{r.EmailHash, func(text string) (user, bool) { return userOfHash(text, codec.TypeEmail) }},
		{r.PhoneHash, func(text string) (user, bool) { return userOfHash(text, codec.TypePhone) }},
	} {
		if way.text != nil {
			named++
			u, valid = way.read(*way.text)
		}
	}
	switch {
	case named == 0:
		return user{}, clientError("Required Parameter Missing: exactly one of email, email_hash, phone, or phone_hash must be specified")
	case named > 1:
		return user{}, clientError("Only one of email, email_hash, phone, or phone_hash can be specified")
	case !valid:
		return user{}, clientError("Invalid Identifier")
	}
	return u, nil
}

// status is an answer without a body.
func status(word string) []byte {
	answer, err := json.Marshal(map[string]string{"status": word})
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	return answer
}

// generate makes a user's first token for the caller's site. EUID operators look at the consent string, if there is one.
func (s *Server) generate(p *participant, payload []byte) ([]byte, *refusal) {
	r, u, no := parseUserRequest(payload)
	if no != nil {
		return nil, no
	}
	if s.config.scope == codec.ScopeEUID && r.TCF != nil {
		switch consent, readable := readTCF(*r.TCF); {
		case !readable:
			return nil, clientError("User consent is invalid")
		case !consent:
			return status("insufficient_user_consent"), nil
		}
	}
	if !s.mayHaveToken(u, false) {
		return status("optout"), nil
	}
	nowMs := s.config.now().UnixMilli()
	return success(s.issue(u, p.SiteID, nowMs, nowMs, true)), nil
}

// validate reports whether a token of the caller's site was made for a user.
func (s *Server) validate(p *participant, payload []byte) ([]byte, *refusal) {
	r, u, no := parseUserRequest(payload)
	if no != nil {
		return nil, no
	}
	if r.Token == nil {
		return nil, clientError("Required Parameter Missing: token")
	}
	var token codec.Token
	s.mu.Lock()
	table := s.keys.table()
	s.mu.Unlock()
	if codec.Parse(&token, *r.Token) != codec.Success || token.Open(table) != codec.Success || token.SiteID != p.SiteID {
		return nil, clientError("Invalid token")
	}
	return success(token.UID == s.rawUID(u, token.UID.Version())), nil
}
