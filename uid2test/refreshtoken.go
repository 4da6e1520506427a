package uid2test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// Refresh tokens hold everything that operators know of an identity, under a key that only
// operators have:
//
//	refresh token  scope(1) || u32 key id
//	               || seal( {"refresh_response_key": …, "refresh_token": the inner token} )
//	inner token    scope and type(1) || 112 || u32 key id || seal( session(90) )
//
// They can't be revoked: operators don't notice that a refresh token is used again. In very old
// sessions, the inner token is everything. The session here differs from that of operators in
// content, but not in length.
const (
	refreshTokenSize  = 388 // characters; operators tell it from an inner token by its length
	refreshTokenHead  = 1 + 4
	innerTokenHead    = 2 + 4
	innerTokenVersion = 112
	sessionSize       = 90
	firstRefreshKey   = 0x7e00_0001 // beyond the ids of all other keys
)

// refreshKey is a key under which refresh tokens are sealed.
type refreshKey struct {
	id     uint32
	secret [32]byte
}

// refreshKey returns the current key. Operators keep older ones for as long as tokens live; here
// they are gone.
func (s *Server) refreshKey() refreshKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := firstRefreshKey + s.roots.below(1_000_000, "first refresh key") + s.refreshKeys
	return refreshKey{id, s.roots.derive("refresh key", uint64(id))}
}

// RetireRefreshKey drops the key of all refresh tokens until now, so that the operator can't open
// them any more and their identities are lost. Refresh tokens of another environment are in the
// same situation.
func (s *Server) RetireRefreshKey() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refreshKeys++
}

// session is the content of an inner token.
type session struct {
	user          user
	siteID        uint32
	establishedMs int64
	expiresMs     int64
}

// seal makes the inner token.
func (s session) seal(scope codec.Scope, key refreshKey) string {
	head := []byte{s.firstByte(scope), innerTokenVersion}
	raw := mustSeal(binary.BigEndian.AppendUint32(head, key.id), key.secret[:], s.bytes())
	return base64.StdEncoding.EncodeToString(raw)
}

// firstByte returns scope and type, which are checked.
func (s session) firstByte(scope codec.Scope) byte {
	return scopeByte(scope) | byte(s.user.kind-codec.TypeEmail)<<2
}

// bytes returns the session in a buffer with room for a hash of up to 33 bytes; the rest stands for
// what operators store in addition.
func (s session) bytes() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, sessionSize), uint64(s.expiresMs))
	b = binary.BigEndian.AppendUint64(b, uint64(s.establishedMs))
	b = binary.BigEndian.AppendUint32(b, s.siteID)
	b = append(b, byte(s.user.kind), byte(len(s.user.hash)))
	b = append(b, s.user.hash...)
	return b[:sessionSize]
}

// openSession opens an inner token.
func openSession(scope codec.Scope, key refreshKey, token string) (s session, ok bool) {
	raw, ok := decodeBase64([]byte(token))
	if !ok || len(raw) < innerTokenHead || raw[1] != innerTokenVersion || binary.BigEndian.Uint32(raw[2:]) != key.id {
		return session{}, false
	}
	b, err := envelope.OpenSealed(key.secret[:], raw[innerTokenHead:])
	if err != nil {
		return session{}, false
	}
	s = session{
		user:          user{string(b[22 : 22+b[21]]), codec.IdentityType(b[20])},
		siteID:        binary.BigEndian.Uint32(b[16:]),
		establishedMs: int64(binary.BigEndian.Uint64(b[8:])),
		expiresMs:     int64(binary.BigEndian.Uint64(b)),
	}
	return s, raw[0] == s.firstByte(scope)
}

// sealedToken is the content of a refresh token.
type sealedToken struct {
	ResponseKey []byte `json:"refresh_response_key"` // base64 in JSON
	Inner       string `json:"refresh_token"`
}

// sealRefreshToken makes the refresh token around an inner one.
func sealRefreshToken(scope codec.Scope, key refreshKey, inner string, responseKey []byte) string {
	text, err := json.Marshal(sealedToken{responseKey, inner})
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	raw := mustSeal(binary.BigEndian.AppendUint32([]byte{scopeByte(scope)}, key.id), key.secret[:], text)
	return base64.StdEncoding.EncodeToString(raw)
}

// openRefreshToken returns the inner token and the key for the answer. The scope isn't checked.
func openRefreshToken(key refreshKey, token string) (inner string, responseKey []byte, no *refusal) {
	raw, ok := decodeBase64([]byte(token))
	if !ok {
		return "", nil, clientError("Invalid body: Body is not valid base64.")
	}
	if id := binary.BigEndian.Uint32(raw[1:]); id != key.id {
		return "", nil, clientError(fmt.Sprintf("Invalid key: Generator of this token (Key ID: %d) does not exist.", int32(id)))
	}
	text, err := envelope.OpenSealed(key.secret[:], raw[refreshTokenHead:])
	var sealed sealedToken
	if err != nil || json.Unmarshal(text, &sealed) != nil {
		return "", nil, clientError("Invalid data: Check encryption method and encryption key.")
	}
	return sealed.Inner, sealed.ResponseKey, nil
}

// scopeByte returns the scope as it is stored in refresh tokens.
func scopeByte(scope codec.Scope) byte {
	return byte(scope-codec.ScopeUID2) << 4
}

// mustSeal seals plain and appends it to head.
func mustSeal(head, secret, plain []byte) []byte {
	raw, err := envelope.AppendSealed(head, secret, plain)
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	return raw
}
