package uid2test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// refreshTokenSize is the size of a refresh token in bytes; its text has 388 characters.
const refreshTokenSize = 291

// session is what the server knows of an identity by its refresh token. Nothing takes it back: operators don't notice
// that a refresh token is used again.
type session struct {
	user          user
	siteID        uint32
	establishedMs int64
	expiresMs     int64
	responseKey   []byte // nil in very old sessions
}

// identityBody is what publishers get. Times are Unix milliseconds.
type identityBody struct {
	AdvertisingToken  string `json:"advertising_token"`
	RefreshToken      string `json:"refresh_token"`
	IdentityExpiresMs int64  `json:"identity_expires"`
	RefreshFromMs     int64  `json:"refresh_from"`
	RefreshExpiresMs  int64  `json:"refresh_expires"`
	ResponseKey       []byte `json:"refresh_response_key,omitempty"` // base64 in JSON
}

// issue makes an identity. Without a response key it is one of very old sessions.
func (s *Server) issue(u user, siteID uint32, establishedMs, nowMs int64, withKey bool) identityBody {
	l := s.config.lifetimes
	body := identityBody{
		RefreshToken:      newRefreshToken(),
		IdentityExpiresMs: nowMs + l.Identity.Milliseconds(),
		RefreshFromMs:     nowMs + l.RefreshFrom.Milliseconds(),
		RefreshExpiresMs:  nowMs + l.Refresh.Milliseconds(),
	}
	body.AdvertisingToken = s.seal(TokenSpec{
		SiteID: siteID, PrivacyBits: ServerSide,
		EstablishedMs: establishedMs, GeneratedMs: nowMs, ExpiresMs: body.IdentityExpiresMs,
	}, s.rawUID(u, 0), u.kind)
	if withKey {
		body.ResponseKey = make([]byte, envelope.SecretSize)
		rand.Read(body.ResponseKey)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[body.RefreshToken] = session{u, siteID, establishedMs, body.RefreshExpiresMs, body.ResponseKey}
	return body
}

func newRefreshToken() string {
	var token [refreshTokenSize]byte
	rand.Read(token[:])
	return base64.StdEncoding.EncodeToString(token[:])
}

// LegacyIdentity returns the JSON of an identity for spec's user as very old sessions hold it, without a
// refresh_response_key: the answer to its first refresh comes in the clear. It panics if spec has no email or phone.
func (s *Server) LegacyIdentity(spec TokenSpec) []byte {
	u, ok := spec.user()
	if !ok {
		panic("uid2test: an identity needs an email or a phone")
	}
	if spec.SiteID == 0 {
		spec.SiteID = PublisherSite
	}
	nowMs := s.config.now().UnixMilli()
	identity, err := json.Marshal(s.issue(u, spec.SiteID, nowMs, nowMs, false))
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	return identity
}

// refresh answers a refresh token with the next identity, sealed under the key that came with the token. It is no
// envelope, and anybody may ask.
func (s *Server) refresh(x *exchange) {
	nowMs := s.config.now().UnixMilli()
	s.mu.Lock()
	known, ok := s.sessions[string(x.body)]
	s.mu.Unlock()
	switch {
	case !ok:
		x.refuse(s.refreshRefusal(x.r, "invalid_token", "Invalid Token presented"))
	case nowMs > known.expiresMs:
		x.refuse(s.refreshRefusal(x.r, "expired_token", "Expired Token presented"))
	default:
		x.sealRefreshed(s.refreshed(known, nowMs), known.responseKey)
	}
}

// refreshRefusal tells callers with an API key more than others.
func (s *Server) refreshRefusal(r *http.Request, status, message string) *refusal {
	const anyRole = IDReader | Sharer | Generator | Mapper
	if _, no := s.authorize(r, anyRole); no != nil {
		status = "error"
	}
	return &refusal{http.StatusBadRequest, status, message}
}

func (s *Server) refreshed(known session, nowMs int64) []byte {
	if !s.mayHaveToken(known.user, true) {
		return status("optout")
	}
	return success(s.issue(known.user, known.siteID, known.establishedMs, nowMs, true))
}

func (x *exchange) sealRefreshed(answer, key []byte) {
	if x.fault.Body != nil {
		answer = x.fault.Body
	}
	if key == nil {
		x.answer(http.StatusOK, "application/json", answer)
		return
	}
	if x.fault.WrongSecret {
		key = make([]byte, envelope.SecretSize)
	}
	sealed, err := envelope.AppendSealed(nil, key, answer)
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	x.answer(http.StatusOK, "text/plain", envelope.AppendBase64(nil, sealed))
}
