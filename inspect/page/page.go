// Package page serves the page of package inspect: an inspector of tokens and requests, and, where
// a host has them, live auctions and the state of keys and opt-outs.
package page

import "github.com/uid2rtb/uid2rtb/inspect"

// Config says what a page shows. Sections whose field is nil aren't there.
type Config struct {
	Inspector *inspect.Inspector // required
	Auctions  Auctions
	State     State
	Actions   Actions
}
