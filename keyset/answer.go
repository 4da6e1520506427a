package keyset

import (
	"cmp"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/segmentio/encoding/json" // behaves like encoding/json in a third of the time

	"github.com/uid2rtb/uid2rtb/codec"
)

// Errors of Parse. Each may be wrapped with the place where it occurred, never with a secret or a
// piece of the answer.
var (
	// ErrMalformed: the answer isn't JSON, isn't a success, or lacks a required field or has
	// one of the wrong type.
	ErrMalformed = errors.New("keyset: malformed key answer")
	// ErrKeySecret: a key's secret isn't the base64 of 32 bytes. The whole answer is refused.
	ErrKeySecret = errors.New("keyset: bad key secret")
	// ErrScope: the identity scope is neither UID2 nor EUID, or isn't the one that this
	// Refresher holds.
	ErrScope = errors.New("keyset: wrong identity scope")
)

const (
	defaultClockSkewSeconds   = 1800
	defaultTokenExpirySeconds = 30 * 24 * 3600
)

// envelope is the outermost object: {"status":"success","body":…}.
type envelope struct {
	Status *string         `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// header is the body of a bidstream or sharing answer. Absent and null mean the same.
type header struct {
	Scope           *string    `json:"identity_scope"`
	ClockSkew       optional   `json:"allow_clock_skew_seconds"`
	BidstreamMax    optional   `json:"max_bidstream_lifetime_seconds"`
	SharingMax      optional   `json:"max_sharing_lifetime_seconds"`
	CallerSiteID    optional   `json:"caller_site_id"`
	MasterKeysetID  optional   `json:"master_keyset_id"`
	DefaultKeysetID optional   `json:"default_keyset_id"`
	TokenExpiry     optional   `json:"token_expiry_seconds"`
	Keys            []keyEntry `json:"keys"`
	Sites           []site     `json:"site_data"`
}

// keyEntry is one key; times are Unix seconds.
type keyEntry struct {
	ID        optional `json:"id"`
	KeysetID  optional `json:"keyset_id"`
	SiteID    optional `json:"site_id"`
	Created   optional `json:"created"`
	Activates optional `json:"activates"`
	Expires   optional `json:"expires"`
	Secret    secret   `json:"secret"`
}

type site struct {
	ID    optional `json:"id"`
	Names []string `json:"domain_names"`
}

// Parse reads a whole key answer, decrypted JSON: {"status":"success","body":…}, where body is the
// object of the bidstream and sharing endpoints or the bare list of keys of the legacy one (which
// counts as UID2, without limits or keysets). Unknown fields are ignored. Integers may be written
// as floats or strings. If the id of a key or a site repeats, the last one wins. An answer without
// keys is valid. Parse returns either the complete Snapshot or nil and an error that wraps
// ErrMalformed, ErrKeySecret or ErrScope. It keeps no reference to answer.
func Parse(answer []byte) (*Snapshot, error) {
	h, err := parseHeader(answer)
	if err != nil {
		return nil, err
	}
	return build(h)
}

func parseHeader(answer []byte) (*header, error) {
	// The standard library checks that it is JSON at all, and limits the nesting.
	var outer envelope
	if !stdjson.Valid(answer) {
		return nil, malformed("", nil)
	}
	if _, err := json.Parse(answer, &outer, json.DontCopyRawMessage); err != nil {
		return nil, malformed("", err)
	}
	if outer.Status != nil && *outer.Status != "success" {
		return nil, fmt.Errorf("%w: its status is not success", ErrMalformed)
	}
	h := new(header)
	var err error
	if len(outer.Body) > 0 && outer.Body[0] == '[' {
		err = json.Unmarshal(outer.Body, &h.Keys)
	} else {
		err = json.Unmarshal(outer.Body, h)
	}
	if err != nil {
		return nil, malformed("body", err)
	}
	if h.Keys == nil {
		return nil, fmt.Errorf("%w: no keys in it", ErrMalformed)
	}
	return h, nil
}

// malformed says where the JSON is wrong. It drops the text of encoding/json's own error, which can
// quote a value.
func malformed(at string, err error) error {
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped):
		place := cmp.Or(strings.Trim(at+"."+mistyped.Field, "."), "the whole")
		return fmt.Errorf("%w: %s has the wrong type or range", ErrMalformed, place)
	case at != "":
		return fmt.Errorf("%w: no %s", ErrMalformed, at)
	default:
		return fmt.Errorf("%w: not JSON", ErrMalformed)
	}
}

// check checks one entry of keys.
func (e *keyEntry) check(index int) error {
	if !e.ID.set || !e.Activates.set || !e.Expires.set || !e.Secret.set {
		return fmt.Errorf("%w: key %d of the list lacks id, activates, expires or secret", ErrMalformed, index)
	}
	if e.ID.value < 0 || e.ID.value > math.MaxUint32 {
		return fmt.Errorf("%w: key %d of the list has an id that doesn't fit in a token", ErrMalformed, index)
	}
	if !e.Secret.ok {
		return fmt.Errorf("%w: key id %d: %w", ErrKeySecret, e.ID.value, codec.ErrKeySize)
	}
	return nil
}

// id returns the ID, once the entry has been checked.
func (e *keyEntry) id() uint32 { return uint32(e.ID.value) }

func parseScope(name *string) (codec.Scope, error) {
	switch {
	case name == nil || *name == "UID2":
		return codec.ScopeUID2, nil
	case *name == "EUID":
		return codec.ScopeEUID, nil
	default:
		return 0, ErrScope
	}
}

// millis converts seconds to milliseconds. Values that don't fit are clamped, which is still
// hundreds of millions of years away.
func millis(seconds int64) int64 {
	switch {
	case seconds > math.MaxInt64/1000:
		return math.MaxInt64
	case seconds < math.MinInt64/1000:
		return math.MinInt64
	default:
		return seconds * 1000
	}
}
