// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package pbstest

import (
	"fmt"
	"sync"

	"github.com/prebid/prebid-server/v4/config"
	"github.com/prebid/prebid-server/v4/openrtb_ext"
)

// adapter is what the bidder info of Prebid Server v4.6.0 says of one adapter, as far as requests depend on it.
// Compression of requests (pubmatic, openx) is left out, so that a test can read what was sent.
type adapter struct {
	openRTB26  bool
	platformID string
	endpoint   string // only where the request chooses the host; http for https, as no host on loopback has a certificate
}

var adapters = map[string]adapter{
	"adhese":         {endpoint: "http://ads-{{.AccountID}}.adhese.com/openrtb2"},
	"appnexus":       {platformID: "5"},
	"between":        {endpoint: "http://{{.Host}}.betweendigital.com/openrtb_bid?sspId={{.PublisherID}}"},
	"kayzen":         {endpoint: "http://bids-{{.ZoneID}}.bidder.kayzen.io/?exchange={{.AccountID}}"},
	"openx":          {openRTB26: true},
	"pubmatic":       {openRTB26: true},
	"rediads":        {openRTB26: true, endpoint: "http://bidding.rediads.com/openrtb2/auction"}, // replaces the first label
	"thetradedesk":   {},
	"tradplus":       {endpoint: "http://{{.ZoneID}}adx.tradplusad.com/{{.AccountID}}/pserver"},
	"zeroclickfraud": {endpoint: "http://{{.Host}}/zeroclickfraud?sid={{.SourceId}}"}, // openrtb2 is no name for a DSP
}

// bidderInfos makes the bidder info that Prebid Server otherwise reads from static/bidder-info.
func bidderInfos(bidders []Bidder) (config.BidderInfos, error) {
	infos, parents := config.BidderInfos{}, config.BidderInfos{}
	for _, bidder := range bidders {
		bidder, err := canonical(bidder)
		if err != nil {
			return nil, err
		}
		if _, twice := infos[bidder.Name]; twice {
			return nil, fmt.Errorf("bidder %s is listed twice", bidder.Name)
		}
		infos[bidder.Name] = bidderInfo(bidder)
		if bidder.AliasOf != "" {
			parent := bidderInfo(Bidder{Name: bidder.AliasOf, Endpoint: bidder.Endpoint})
			parent.Disabled = true
			parents[bidder.AliasOf] = parent
		}
	}
	for name, parent := range parents {
		if _, listed := infos[name]; !listed {
			infos[name] = parent
		}
	}
	return infos, nil
}

// DefineBidders makes the host aliases among bidders known to Prebid Server, as New does. A deployed server
// knows them before it builds its modules: call DefineBidders before building one that asks, as
// uid2.decrypt does.
func DefineBidders(bidders ...Bidder) error {
	wiring.Lock()
	defer wiring.Unlock()
	for _, bidder := range bidders {
		if _, err := canonical(bidder); err != nil {
			return fmt.Errorf("pbstest: %w", err)
		}
	}
	return nil
}

// canonical spells the names as Prebid Server does. It makes aliases known.
func canonical(bidder Bidder) (Bidder, error) {
	adapterName := bidder.Name
	if bidder.AliasOf != "" {
		adapterName = bidder.AliasOf
	}
	core, ok := openrtb_ext.NormalizeBidderName(adapterName)
	if !ok {
		return bidder, fmt.Errorf("bidder %s: Prebid Server has no adapter %s", bidder.Name, adapterName)
	}
	if bidder.AliasOf == "" {
		bidder.Name = string(core)
		return bidder, nil
	}
	bidder.AliasOf = string(core)
	return bidder, setAlias(bidder.Name, core)
}

// aliases are the host aliases that Prebid Server has been told of. It keeps them in the process for ever, so a
// second server with the same alias must not write its maps again, perhaps during an auction of the first.
var aliases = struct {
	sync.Mutex
	parents map[string]openrtb_ext.BidderName
}{parents: map[string]openrtb_ext.BidderName{}}

func setAlias(name string, parent openrtb_ext.BidderName) error {
	aliases.Lock()
	defer aliases.Unlock()
	switch known, ok := aliases.parents[name]; {
	case ok && known == parent:
		return nil
	case ok:
		return fmt.Errorf("bidder %s is already an alias of %s in this process", name, known)
	}
	if _, exists := openrtb_ext.NormalizeBidderName(name); exists {
		return fmt.Errorf("bidder %s is an adapter of Prebid Server and can't be an alias", name)
	}
	if err := openrtb_ext.SetAliasBidderName(name, parent); err != nil {
		return err
	}
	aliases.parents[name] = parent
	return nil
}

func bidderInfo(bidder Bidder) config.BidderInfo {
	facts := adapters[bidder.Name]
	if bidder.AliasOf != "" {
		facts = adapters[bidder.AliasOf]
	}
	endpoint := bidder.Endpoint
	if endpoint == "" {
		endpoint = facts.endpoint
	}
	media := &config.PlatformInfo{MediaTypes: []openrtb_ext.BidType{
		openrtb_ext.BidTypeBanner, openrtb_ext.BidTypeVideo, openrtb_ext.BidTypeNative,
	}}
	info := config.BidderInfo{
		AliasOf:      bidder.AliasOf,
		Endpoint:     endpoint,
		PlatformID:   facts.platformID,
		Maintainer:   &config.MaintainerInfo{Email: "pbstest@example.com"},
		Capabilities: &config.CapabilitiesInfo{App: media, Site: media, DOOH: media},
		OpenRTB:      &config.OpenRTBInfo{GPPSupported: true},
	}
	if bidder.OpenRTB26 || facts.openRTB26 {
		info.OpenRTB.Version = "2.6"
	}
	if bidder.DisableDebug {
		info.Debug = &config.DebugInfo{Allow: false}
	}
	return info
}
