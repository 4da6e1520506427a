package inspect

import "encoding/json"

// Input is what somebody wants to know about.
type Input struct {
	Text   string `json:"text"`             // at most MaxInput bytes
	NowMs  int64  `json:"now_ms,omitempty"` // Unix milliseconds to judge at; 0 means the present
	Name   string `json:"name,omitempty"`   // domain or app that a token came from; a request has its own
	Role   string `json:"role,omitempty"`   // "bidder" (the default) or "sharer"
	Secret string `json:"secret,omitempty"` // client secret that opens an operator's answer
	Reveal bool   `json:"reveal,omitempty"` // raw UIDs as well, of tokens that may be used, unless a gate of their request is closed
}

// MaxInput is the length of the longest text that is inspected, in bytes.
const MaxInput = 1 << 20

// Kind is what a text turned out to be.
type Kind string

// The kinds.
const (
	KindToken    Kind = "token"
	KindRequest  Kind = "request" // an OpenRTB bid request
	KindRawUID   Kind = "raw_uid"
	KindIdentity Kind = "identity" // as a publisher stores it
	KindAnswer   Kind = "answer"   // of an operator, enveloped or not
	KindUnknown  Kind = "unknown"
)

// Report says what a text is. Of the pointers, that of its kind is set.
type Report struct {
	Kind     Kind      `json:"kind"`
	Summary  string    `json:"summary"`          // one sentence: what it is, and what came of it
	Advice   []string  `json:"advice,omitempty"` // what to do, if there is something to do
	Notes    []string  `json:"notes,omitempty"`  // what was taken off the text before it was read
	NowMs    int64     `json:"now_ms"`           // at which it was judged
	Token    *Token    `json:"token,omitempty"`
	Request  *Request  `json:"request,omitempty"`
	RawUID   *RawUID   `json:"raw_uid,omitempty"`
	Identity *Identity `json:"identity,omitempty"`
	Answer   *Answer   `json:"answer,omitempty"`
	Tried    []Attempt `json:"tried,omitempty"` // of an unknown text
}

// Attempt says why a text isn't of a kind.
type Attempt struct {
	Kind Kind   `json:"kind"`
	Why  string `json:"why"`
}

// Token explains one token.
type Token struct {
	Status     string          `json:"status"` // of bidstream, by its protocol name
	Usable     bool            `json:"usable"` // there is a raw UID to bid on
	Version    int             `json:"version,omitempty"`
	Scope      string          `json:"scope,omitempty"`         // "UID2", "EUID"; version 2 doesn't say
	Type       string          `json:"identity_type,omitempty"` // "email", "phone"; version 2 doesn't say
	Alphabet   string          `json:"alphabet,omitempty"`      // "standard", "URL-safe", "mixed", "either"
	Characters int             `json:"characters"`
	Bytes      int             `json:"bytes,omitempty"`
	SiteID     *uint32         `json:"site_id,omitempty"`      // that the token belongs to, if its layers opened
	Bits       *uint32         `json:"privacy_bits,omitempty"` // likewise
	Layers     []Layer         `json:"layers"`                 // the outermost first
	Keys       []Key           `json:"keys"`                   // that it names
	Times      []Moment        `json:"times"`
	Checks     []Check         `json:"checks"`  // all of the written order
	Verdict    json.RawMessage `json:"verdict"` // the annotation that a bidder would see; without raw unless revealed; null without any keys
}

// Layer is a run of bytes: the token's own, or what a key opens.
type Layer struct {
	Name   string  `json:"name"`
	Opened bool    `json:"opened"`           // false: encrypted, and not opened; Fields has only what is readable
	Why    string  `json:"why,omitempty"`    // it wasn't opened
	Bytes  int     `json:"bytes"`            // length, as far as it can be seen
	Within string  `json:"within,omitempty"` // name of the layer that holds it
	Fields []Field `json:"fields"`           // in the order of their offsets, without gaps as far as it is readable
}

// Field is a part of a layer.
type Field struct {
	Name    string `json:"name"`
	Offset  int    `json:"offset"` // in its layer, in bytes
	Bytes   int    `json:"bytes"`
	Hex     string `json:"hex,omitempty"`     // empty if masked
	Meaning string `json:"meaning"`           // "version 4, UID2, email"
	Masked  bool   `json:"masked,omitempty"`  // a raw UID that wasn't to be revealed
	Damaged bool   `json:"damaged,omitempty"` // can't be what it must be
}

// Key is one that a token names.
type Key struct {
	ID          uint32 `json:"id"`
	Purpose     string `json:"purpose"` // "master" or "site"; empty if an answer doesn't say
	Held        bool   `json:"held"`
	SiteID      int    `json:"site_id,omitempty"`
	CreatedMs   int64  `json:"created_ms,omitempty"`
	ActivatesMs int64  `json:"activates_ms,omitempty"`
	ExpiresMs   int64  `json:"expires_ms,omitempty"`
	State       string `json:"state"` // a phrase: "active, expires in 3 d", "not held"
}

// Moment is a time with its distance from the report's.
type Moment struct {
	Name string `json:"name"` // "established", "generated", "expires", "refreshed"
	Ms   int64  `json:"ms"`   // Unix milliseconds
	Ago  string `json:"ago"`  // "2 h ago", "in 5 d"
}

// Outcome of a check.
type Outcome string

// The outcomes.
const (
	Passed     Outcome = "passed"
	Failed     Outcome = "failed"
	NotReached Outcome = "not_reached" // an earlier check failed
	NotKnown   Outcome = "not_known"   // nobody can tell here: no keys, no opt-outs
)

// Check is one of the written order.
type Check struct {
	Number  int     `json:"number"`
	Name    string  `json:"name"`             // what is checked: "not expired"
	Status  string  `json:"status,omitempty"` // that a failure yields
	Outcome Outcome `json:"outcome"`
	Why     string  `json:"why,omitempty"` // "it expired 2 h ago"
	Do      string  `json:"do,omitempty"`  // what to do about a failure
}

// Request explains a bid request.
type Request struct {
	OpenRTB    string     `json:"openrtb"` // "2.5" or "2.6", by where the eids are; "both", "none"
	Name       string     `json:"name"`    // for the domain check; empty if there is none
	NameFrom   string     `json:"name_from"`
	UIDs       []UID      `json:"uids"`
	Gates      []Gate     `json:"gates"`
	Signals    []Signal   `json:"signals"`
	Notes      []string   `json:"notes,omitempty"` // about the request as a whole: too many uids, ambiguous JSON
	Deliveries []Delivery `json:"deliveries"`      // a listed bidder's request, by mode
}

// UID is one uid of an eid in a request, found or passed over.
type UID struct {
	Path      string `json:"path"` // "user.eids[0].uids[1]"
	Source    string `json:"source"`
	Found     bool   `json:"found"`               // taken for a token
	Why       string `json:"why,omitempty"`       // it was passed over
	Forgery   bool   `json:"forgery,omitempty"`   // it came with an annotation, which is removed
	Duplicate int    `json:"duplicate,omitempty"` // 1 + index of the uid with the same token, whose Token holds for both
	Token     *Token `json:"token,omitempty"`     // of one that was found
}

// Gate is a privacy gate of package module/privacy.
type Gate struct {
	Reason string `json:"reason"` // "coppa", "lmt", "us_privacy", "gpp", "gdpr"
	Closed bool   `json:"closed"`
	Why    string `json:"why"`
}

// Signal is a privacy signal, decoded for people.
type Signal struct {
	Path   string   `json:"path"` // "regs.gpp"
	Kind   string   `json:"kind"` // "TCF", "GPP", "US privacy", "COPPA", "LMT", "DNT", "GPC", "GDPR scope", "unreadable"
	Value  string   `json:"value"`
	Parts  []string `json:"parts,omitempty"`  // "purpose 1: consent", …
	Closes string   `json:"closes,omitempty"` // reason of the gate that it closes; of several "gpp, gdpr"
}

// Delivery is what a listed bidder would get.
type Delivery struct {
	Mode       string `json:"mode"` // "annotate", "replace", "drop_opted_out"
	Difference []Line `json:"difference"`
}

// Line is one of a difference between two JSON texts, indented.
type Line struct {
	Op   string `json:"op"`   // "=", "+", "-"; "…" stands for lines left out
	Text string `json:"text"` // with its indentation; of "…" how many there are, in words
}

// RawUID explains a raw UID.
type RawUID struct {
	Version   int      `json:"version"` // 2, 3, 4
	Scope     string   `json:"scope,omitempty"`
	Type      string   `json:"identity_type,omitempty"`
	Bytes     int      `json:"bytes"`
	Canonical string   `json:"canonical,omitempty"` // only if revealed
	Fields    []Field  `json:"fields"`
	OptOut    string   `json:"opt_out"` // "opted_out", "not_opted_out", "not_known"
	Notes     []string `json:"notes,omitempty"`
}

// Identity explains what a publisher stores of a user.
type Identity struct {
	Token      *Token   `json:"token,omitempty"` // its advertising token
	Refresh    string   `json:"refresh"`         // what the refresh token is and whether it can be used, never its text
	Times      []Moment `json:"times"`
	Predicates []Check  `json:"predicates"` // identifiable, refreshable, due for refresh, …
	Notes      []string `json:"notes,omitempty"`
}

// Answer explains what an operator answered.
type Answer struct {
	Enveloped bool     `json:"enveloped"`
	Opened    bool     `json:"opened"`
	Why       string   `json:"why,omitempty"`      // it wasn't opened
	Endpoint  string   `json:"endpoint,omitempty"` // that such an answer comes from
	Status    string   `json:"status,omitempty"`
	Times     []Moment `json:"times,omitempty"`
	Keys      []Key    `json:"keys,omitempty"` // never their secrets
	// Identity is what a publisher gets: of an answer that brings one.
	Identity *Identity `json:"identity,omitempty"`
	Notes    []string  `json:"notes,omitempty"`
}
