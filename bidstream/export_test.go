package bidstream

import "github.com/uid2rtb/uid2rtb/codec"

// WithRawUID returns v with a raw UID, for tests that compare verdicts. Outside of tests, only a
// Decrypter sets one.
func (v Verdict) WithRawUID(uid codec.RawUID) Verdict {
	v.uid = uid
	return v
}
