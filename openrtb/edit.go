package openrtb

import (
	"fmt"
	"log/slog"
)

// Action is what to do with a uid.
type Action uint8

const (
	// Keep leaves the uid as it is, except for a forged annotation.
	Keep Action = iota
	// Annotate writes Edit.Annotation to ext.uid2. If ext is missing, null or an empty array,
	// it becomes an object; a uid whose ext is anything else but an object is kept instead.
	Annotate
	// Replace replaces the uid's id by Edit.ID.
	Replace
	// Remove removes the uid from its eid, and the eid from the request if no uids are left in
	// it.
	Remove
)

// Edit is the answer for one uid. Its zero value keeps the uid. It prints and logs without raw
// UIDs.
type Edit struct {
	Action     Action
	Annotation Annotation // for Annotate
	ID         string     // for Replace
}

// String returns the action only.
func (e Edit) String() string { return fmt.Sprintf("[edit %d]", e.Action) }

// GoString returns what String returns.
func (e Edit) GoString() string { return e.String() }

// Format writes what String returns, for every verb.
func (e Edit) Format(f fmt.State, _ rune) { fmt.Fprint(f, e.String()) }

// LogValue returns what String returns.
func (e Edit) LogValue() slog.Value { return slog.StringValue(e.String()) }

// MarshalText returns what String returns.
func (e Edit) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// Decide returns what to do with one uid of a UID2 or EUID eid, whose id is never empty. It is
// called for the uids of user.eids, then for those of user.ext.eids, each in the order of the
// request, and at most [MaxUIDs] times per request.
type Decide func(source Source, id string) Edit
