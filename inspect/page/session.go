package page

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// cookieName is of the cookie of a browser whose user has given the token.
const cookieName = "uid2-page"

// session says who has given the token. The cookie is good until the process ends, and has
// nothing of the token.
type session struct {
	token  string
	cookie string
}

func newSession(token string) session { return session{token: token, cookie: rand.Text()} }

// has reports whether a request brings the token or the cookie, or needs none.
func (s session) has(r *http.Request) bool {
	if s.token == "" {
		return true
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && equal(bearer, s.token) {
		return true
	}
	cookie, err := r.Cookie(cookieName)
	return err == nil && equal(cookie.Value, s.cookie)
}

// equal compares in a time that depends on neither text.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func (s session) guard(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.has(r) {
			answerError(w, http.StatusUnauthorized, "The page's token is needed: reload the page to give it.")
			return
		}
		handler.ServeHTTP(w, r)
	})
}

// login exchanges the token for a cookie.
func (p *page) login(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Token string `json:"token"`
	}
	if !readJSON(w, r, maxArguments, &given) {
		return
	}
	if p.session.token == "" || !equal(given.Token, p.session.token) {
		answerError(w, http.StatusForbidden, "That isn't the page's token. It is the one that the server was started with.")
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: p.session.cookie, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	})
	w.WriteHeader(http.StatusNoContent)
}
