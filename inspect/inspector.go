package inspect

import (
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// Config is what an Inspector knows. Its zero value explains what can be read without keys.
type Config struct {
	Keys    map[codec.Scope]bidstream.KeySource // of each operator
	OptOuts bidstream.OptOuts                   // nil: nobody knows who opted out
	Privacy privacy.Policy                      // gates for requests, as of the module
	Now     func() time.Time                    // nil: time.Now
}

// Inspector explains texts.
type Inspector struct {
	config Config
}

// New returns an Inspector.
func New(config Config) (*Inspector, error) {
	return &Inspector{config: config}, nil
}

// Inspect explains a text.
func (i *Inspector) Inspect(input Input) Report {
	return Report{Kind: KindUnknown}
}
