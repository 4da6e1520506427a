package sidecar

import (
	"strconv"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

// AppendVerdict appends a verdict as JSON, with the raw UID if it is to be revealed. None of its
// strings needs escaping.
func AppendVerdict(dst []byte, v *bidstream.Verdict, reveal bool) []byte {
	dst = append(append(append(dst, `{"status":"`...), v.Status.String()...), '"')
	if v.Version == 0 {
		return append(dst, '}') // it didn't open
	}
	if uid, ok := v.RawUID(); ok && reveal {
		dst = append(uid.AppendReveal(append(dst, `,"raw_uid":"`...)), '"')
	}
	dst = strconv.AppendInt(append(dst, `,"established":`...), v.EstablishedMs, 10)
	if v.Version != codec.V2 {
		dst = strconv.AppendInt(append(dst, `,"generated":`...), v.GeneratedMs, 10)
	}
	dst = strconv.AppendInt(append(dst, `,"expires":`...), v.ExpiresMs, 10)
	dst = strconv.AppendUint(append(dst, `,"site_id":`...), uint64(v.SiteID), 10)
	dst = append(append(append(dst, `,"scope":"`...), v.Scope.String()...), '"')
	dst = append(append(append(dst, `,"type":"`...), v.Type.String()...), '"')
	dst = strconv.AppendUint(append(dst, `,"version":`...), uint64(v.Version), 10)
	dst = strconv.AppendBool(append(dst, `,"client_side_generated":`...), v.PrivacyBits.ClientSideGenerated())
	if v.OptOut.State != bidstream.OptOutUnknown {
		dst = strconv.AppendBool(append(dst, `,"opted_out":`...), v.OptOut.State == bidstream.OptedOut)
	}
	return append(dst, '}')
}
