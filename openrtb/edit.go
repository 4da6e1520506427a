package openrtb

import (
	"fmt"
	"log/slog"
)

// Action is what to do with a uid.
type Action uint8

const (
	// Keep leaves the uid as it is, but for a forged annotation.
	Keep Action = iota
	// Annotate writes Edit.Annotation to ext.uid2. An ext that is missing, null or an empty array becomes an object; a uid
	// whose ext is something else is kept instead.
	Annotate
	// Replace puts Edit.ID in the place of the uid's id.
	Replace
	// Remove takes the uid out of its eid, and the eid out of the request if it was the only one.
	Remove
)

// Edit is an answer about a uid. Its zero value keeps the uid. It prints and logs without raw UIDs.
type Edit struct {
	Action     Action
	Annotation Annotation // of Annotate
	ID         string     // of Replace
}

// String tells the action only.
func (e Edit) String() string { return fmt.Sprintf("[edit %d]", e.Action) }

// GoString is String.
func (e Edit) GoString() string { return e.String() }

// Format is String for every verb.
func (e Edit) Format(f fmt.State, _ rune) { fmt.Fprint(f, e.String()) }

// LogValue is String.
func (e Edit) LogValue() slog.Value { return slog.StringValue(e.String()) }

// MarshalText is String.
func (e Edit) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// Decide answers about one uid of a UID2 or EUID eid, whose id is never empty. It is called for the uids of user.eids,
// then for those of user.ext.eids, each in the order of the request, and at most [MaxUIDs] times.
type Decide func(source Source, id string) Edit
