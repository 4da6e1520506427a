package hostile

// World is what a caller finds: users whose tokens he holds, a host of his own, and what he knows
// of the server.
type World struct {
	// Users whose tokens go into auctions. Some must be UID2's and some EUID's.
	Users []User
	// Guessed are users whose raw UIDs the caller knows and sends by himself. Nothing of them is a
	// secret.
	Guessed []User
	// Attacker is the address (host:port) on which the caller listens.
	Attacker string
	// Listed are the entries of the server's list of bidders, which are no secret.
	Listed []Listing
	// DebugIn10 is how many of ten auctions ask for debug output.
	DebugIn10 int
	// Always is the name of a trick that is in every auction; "" for none.
	Always string
	// NoForgeriesStored keeps forgeries out of stored requests.
	NoForgeriesStored bool
}

// User is one whose tokens the caller holds.
type User struct {
	Raw    string   // base64 text of the raw UID
	EUID   bool     // the tokens are EUID tokens
	Gone   bool     // the user has opted out
	Tokens []string // good tokens, of any versions
}

// String hides everything.
func (User) String() string { return "[user]" }

// GoString hides everything.
func (User) GoString() string { return "[user]" }

// Listing is one entry of the list of bidders that may have raw UIDs.
type Listing struct{ Name, AliasOf string }

// adapter is the adapter that a listing is meant for.
func (l Listing) adapter() string {
	if l.AliasOf != "" {
		return l.AliasOf
	}
	return l.Name
}

// Bidders are those that requests name and a server should have, each with an endpoint of its own.
// hostdsp is an alias of thetradedesk that the host has made.
func Bidders() []string { return []string{"thetradedesk", "pubmatic", "appnexus", "openx", "hostdsp"} }

// CallerHosts are bidders whose host a request chooses, the first two also in Prebid Server v4.6.0, where the others let it
// choose a part only. A server should have them without an endpoint.
func CallerHosts() []string {
	return []string{"zeroclickfraud", "between", "kayzen", "adhese", "tradplus", "rediads"}
}

// params are the parameters that an adapter wants; those of CallerHosts choose the attacker's host.
func (w *World) params(adapter string) string {
	switch adapter {
	case "thetradedesk", "hostdsp":
		return `{"publisherId":"1","supplySourceId":"supply"}`
	case "pubmatic":
		return `{"publisherId":"1","adSlot":"slot@300x250"}`
	case "appnexus":
		return `{"placement_id":1}`
	case "openx":
		return `{"unit":"1","delDomain":"publisher.com"}`
	case "zeroclickfraud":
		return object(m("host", quote(w.Attacker)), m("sourceId", "1"))
	case "between":
		return object(m("host", quote(w.Attacker+"/between?")), m("publisher_id", `"p"`))
	case "kayzen":
		return object(m("zone", quote("x@"+w.Attacker+"/kayzen?")), m("exchange", `"e"`))
	case "adhese":
		return object(m("account", quote("x@"+w.Attacker+"/adhese?")), m("location", `"l"`), m("format", `"f"`))
	case "tradplus":
		return object(m("zoneId", quote(w.Attacker+"/tradplus?")), m("accountId", `"a"`))
	case "rediads":
		return object(m("account_id", `"a"`), m("endpoint", quote(w.Attacker+"/rediads?")))
	}
	return `{}`
}
