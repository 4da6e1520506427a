package doctor

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/register/plan"
)

// names has a line for each bidder of Prebid Server 3.30.0 and 4.6.0.
//
//go:embed bidders.txt
var names string

var knownNames = sync.OnceValue(func() []string { return strings.Fields(names) })

// knownBidder reports whether Prebid Server has a bidder as it comes.
func knownBidder(name string) bool {
	_, found := slices.BinarySearch(knownNames(), strings.ToLower(name))
	return found || annotator.CallerChoosesHost(name)
}

// bidderInfo is what counts here of what Prebid Server knows about a bidder.
type bidderInfo struct {
	Endpoint, AliasOf string
	Disabled          bool
	Debug             *bool // whether it is allowed; nil: by default, it is
}

func (i bidderInfo) debugAllowed() bool { return i.Debug == nil || *i.Debug }

// bidderInfos are those of a tree, by name in lower case; nil if none was given.
type bidderInfos map[string]bidderInfo

func readBidderInfos(dir string) (bidderInfos, error) {
	if dir == "" {
		return nil, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err == nil && len(files) == 0 {
		_, err = os.ReadDir(dir)
		if err == nil {
			err = fmt.Errorf("%s has no bidder-info", dir)
		}
	}
	infos := bidderInfos{}
	for _, file := range files {
		read, failed := plan.Read(file)
		if failed != nil {
			return nil, failed
		}
		infos[strings.ToLower(strings.TrimSuffix(filepath.Base(file), ".yaml"))] = bidderInfo{}.with(read)
	}
	return infos, err
}

// with adds what a bidder-info, or the host's section of an adapter, says.
func (i bidderInfo) with(s plan.Settings) bidderInfo {
	if endpoint, _ := s["endpoint"].(string); endpoint != "" {
		i.Endpoint = endpoint
	}
	if parent, _ := s["aliasof"].(string); parent != "" {
		i.AliasOf = parent
	}
	if disabled, is := s["disabled"].(bool); is {
		i.Disabled = disabled
	}
	if allow, is := s.At("debug")["allow"].(bool); is {
		i.Debug = &allow
	}
	return i
}

// info returns what is known of a bidder: of an alias what its parent has and it doesn't, and what
// the host's section adapters changes.
func (s *PrebidServer) info(name string) (info bidderInfo, known bool) {
	name = strings.ToLower(name)
	if s.infos == nil {
		known = knownBidder(name)
	} else {
		info, known = s.infos[name]
		if parent := s.infos[strings.ToLower(info.AliasOf)]; info.AliasOf != "" {
			info = parent.over(info)
		}
	}
	return info.with(s.root.At("adapters", name)), known
}

// over is an alias whose parent this is.
func (i bidderInfo) over(alias bidderInfo) bidderInfo {
	if alias.Endpoint == "" {
		alias.Endpoint = i.Endpoint
	}
	if alias.Debug == nil {
		alias.Debug = i.Debug
	}
	return alias
}

// macroInHost reports whether an endpoint's host has a part that a request fills in.
func macroInHost(endpoint string) bool {
	_, rest, found := strings.Cut(endpoint, "://")
	if !found {
		return strings.Contains(endpoint, "{{")
	}
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	return strings.Contains(host, "{{")
}
