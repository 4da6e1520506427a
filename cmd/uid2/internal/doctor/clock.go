package doctor

import (
	"errors"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/operator"
)

// mostOffset of the clocks is no reason to worry. Operators refuse calls from about two minutes on.
const mostOffset = 30 * time.Second

const setClock = "set this machine's clock, and keep it by NTP"

// onTime checks the clock, and reports whether the operator could go on to the credentials.
func (v *visit) onTime(err error) bool {
	offset := v.client.Stats().ClockOffset.Round(time.Second)
	switch {
	case errors.Is(err, operator.ErrClockSkew):
		v.wrong(checkClock, "this clock and the operator's differ by about two minutes or more, and the operator refuses calls", setClock)
		v.ok(checkCredentials, "the operator knows the key, and could open what the client secret has sealed")
		v.skip("the clock is wrong", checkRoles, checkKeys, checkSites)
		return false
	case err != nil:
		v.skip("the operator refuses the credentials, and says no time", checkClock)
	case offset.Abs() > mostOffset:
		v.warning(checkClock, fmt.Sprintf("the operator's clock is %v ahead of this one; from about two minutes on it refuses calls", offset), setClock)
	default:
		v.ok(checkClock, "less than %v off the operator's", mostOffset)
	}
	return true
}
