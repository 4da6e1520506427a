package page_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// TestCheck: a page isn't served where others reach it without a token, or with one that is short.
func TestCheck(t *testing.T) {
	local, any := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, &net.TCPAddr{IP: net.IPv4zero}
	long := strings.Repeat("t", page.MinToken)
	for note, c := range map[string]struct {
		config page.Config
		at     net.Addr
		fine   bool
	}{
		"local":                 {page.Config{Inspector: inspector{}}, local, true},
		"reached by others":     {page.Config{Inspector: inspector{}}, any, false},
		"others have the token": {page.Config{Inspector: inspector{}, Token: long}, any, true},
		"a short token":         {page.Config{Inspector: inspector{}, Token: long[1:]}, local, false},
		"no inspector":          {page.Config{}, local, false},
	} {
		if err := c.config.Check(c.at); (err == nil) != c.fine || c.at == any && err != nil && !errors.Is(err, page.ErrNeedsToken) {
			t.Errorf("%s: %v", note, err)
		}
	}
}
