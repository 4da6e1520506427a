package bidstream

import "github.com/uid2rtb/uid2rtb/codec"

// OptOuts knows which users have opted out. Its method is called for every token that passed the
// other checks, from any goroutine. It must not block, and must not allocate if decrypting shall
// not.
//
// An opt-out of a version 4 UID is announced in its canonical form: implementations must look up
// [codec.RawUID.Canonical].
type OptOuts interface {
	OptOut(uid codec.RawUID) OptOut
}

// OptOutPrefetcher is implemented by OptOuts that can ask the memory for what they know of a user
// before they are asked, so that they needn't wait for it then. [Decrypter.DecryptBatch] uses it.
//
// Prefetch only saves time. The answer is always that of OptOut, so who embeds one of those in a
// type with an OptOut of its own needn't think of Prefetch.
type OptOutPrefetcher interface {
	OptOuts
	Prefetch(uid codec.RawUID)
}

// OptOut is what is known of a user's opt-out. The zero value means that nothing is known.
type OptOut struct {
	State   OptOutState
	SinceMs int64 // Unix milliseconds; 0 if not opted out, or if the time isn't known
}

// OptOutState is whether a user has opted out, as far as that is known.
type OptOutState uint8

const (
	// OptOutUnknown: the opt-outs aren't synchronized, so the state of the user is unknown.
	OptOutUnknown OptOutState = iota
	// NotOptedOut: the user may be targeted.
	NotOptedOut
	// OptedOut: the user must not be targeted.
	OptedOut
)

// String returns "unknown", "not opted out" or "opted out".
func (s OptOutState) String() string {
	switch s {
	case NotOptedOut:
		return "not opted out"
	case OptedOut:
		return "opted out"
	}
	return "unknown"
}
