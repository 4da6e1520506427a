package annotator

import (
	"reflect"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/internal/settingstest"
)

// Settings lists every setting that the code reads.
func Settings() []string { return settingstest.Names(reflect.TypeFor[configFile]()) }

// BidderConfig is what the configuration says of operators and opt-outs.
func (c *Config) BidderConfig() *bidder.Config { return &c.bidder }
