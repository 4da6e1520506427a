package uid2test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// identityBody is an identity, as publishers get it. Times are Unix milliseconds.
type identityBody struct {
	AdvertisingToken  string `json:"advertising_token"`
	RefreshToken      string `json:"refresh_token"`
	IdentityExpiresMs int64  `json:"identity_expires"`
	RefreshFromMs     int64  `json:"refresh_from"`
	RefreshExpiresMs  int64  `json:"refresh_expires"`
	ResponseKey       []byte `json:"refresh_response_key,omitempty"` // base64 in JSON
}

// issue makes an identity. Without a response key, it is like those of very old sessions.
func (s *Server) issue(u user, siteID uint32, establishedMs, nowMs int64, withKey bool) identityBody {
	l := s.config.lifetimes
	body := identityBody{
		IdentityExpiresMs: nowMs + l.Identity.Milliseconds(),
		RefreshFromMs:     nowMs + l.RefreshFrom.Milliseconds(),
		RefreshExpiresMs:  nowMs + l.Refresh.Milliseconds(),
	}
	body.AdvertisingToken = s.seal(TokenSpec{
		SiteID: siteID, PrivacyBits: ServerSide,
		EstablishedMs: establishedMs, GeneratedMs: nowMs, ExpiresMs: body.IdentityExpiresMs,
	}, s.rawUID(u, 0), u.kind)
	key := s.refreshKey()
	body.RefreshToken = session{u, siteID, establishedMs, body.RefreshExpiresMs}.seal(s.config.scope, key)
	if withKey {
		body.ResponseKey = make([]byte, envelope.SecretSize)
		rand.Read(body.ResponseKey)
		body.RefreshToken = sealRefreshToken(s.config.scope, key, body.RefreshToken, body.ResponseKey)
	}
	return body
}

// LegacyIdentity returns the JSON of an identity for spec's user as in very old sessions, without a
// refresh_response_key: the answer to its first refresh isn't encrypted. It panics if spec has no
// email or phone.
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

// refreshCutoff: operators no longer refresh identities that were established before this time.
var refreshCutoff = time.Date(2021, 3, 8, 17, 0, 0, 0, time.UTC)

// refresh answers a refresh token with the next identity, sealed under the key that came with the
// token. There is no envelope, and no authorization.
func (s *Server) refresh(x *exchange) {
	key, token, responseKey := s.refreshKey(), string(x.body), []byte(nil)
	if utf8.RuneCountInString(token) == refreshTokenSize {
		var no *refusal
		if token, responseKey, no = openRefreshToken(key, token); no != nil {
			x.refuse(no)
			return
		}
	}
	known, ok := openSession(s.config.scope, key, token)
	nowMs := s.config.now().UnixMilli()
	switch {
	case !ok:
		x.refuse(s.refreshRefusal(x.r, "invalid_token", "Invalid Token presented"))
	case known.establishedMs >= refreshCutoff.UnixMilli() && nowMs > known.expiresMs:
		x.refuse(s.refreshRefusal(x.r, "expired_token", "Expired Token presented"))
	default:
		x.sealRefreshed(s.refreshed(known, nowMs), responseKey)
	}
}

// refreshRefusal gives callers with an API key, whatever their roles, more details than others.
func (s *Server) refreshRefusal(r *http.Request, status, message string) *refusal {
	if s.caller(r) == nil {
		status, message = "error", "Error refreshing token"
	}
	return &refusal{http.StatusBadRequest, status, message}
}

func (s *Server) refreshed(known session, nowMs int64) []byte {
	if known.establishedMs < refreshCutoff.UnixMilli() || !s.mayHaveToken(known.user, true) {
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
	x.answer(http.StatusOK, "text/plain", envelope.AppendBase64(nil, mustSeal(nil, key, answer)))
}
