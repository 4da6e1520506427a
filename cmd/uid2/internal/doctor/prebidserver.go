package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/register/plan"
)

// PrebidServer is a Prebid Server's configuration, as its file and the environment make it.
type PrebidServer struct {
	root  plan.Settings
	cfg   *annotator.Config // nil if it can't be read
	infos bidderInfos
}

// ReadPrebidServer reads a Prebid Server's configuration file, and adds what the module's section
// in it has. infos is the directory with the bidder-info of its tree; empty: none. The error is
// about files that can't be read.
func (p *Patient) ReadPrebidServer(file, infos string) error {
	root, err := plan.Read(file)
	if err != nil {
		return err
	}
	s := &PrebidServer{root: root}
	if s.infos, err = readBidderInfos(infos); err != nil {
		return err
	}
	overridden(root.At("hooks"), "PBS_HOOKS")
	if switched := root.At("hooks"); switched != nil && switched["enabled"] == "true" {
		switched["enabled"] = true // Prebid Server reads its own switch from a text, too
	}
	p.PrebidServer = s
	p.readSection(s)
	return nil
}

// readSection reads the module's section as the module does, and what a bidder has in it.
func (p *Patient) readSection(s *PrebidServer) {
	section := plan.Section(s.root)
	text, err := json.Marshal(section)
	if err != nil {
		err = errors.New("the module's section is no JSON") // such as a key that isn't a text
	}
	var f findings
	if section == nil {
		err = errors.New("there is no section hooks.modules.uid2.decrypt")
	}
	if err == nil {
		var cfg annotator.Config
		if cfg, err = annotator.ParseConfig(text); err == nil {
			s.cfg = &cfg
		}
	}
	if err != nil {
		f.wrong(checkSettings, strings.TrimPrefix(err.Error(), annotator.ErrConfig.Error()+": "), "correct the setting; docs/configuration.md has all of them")
		f.skip("the settings can't be read", "operator", checkStore, checkReceiver, "fleet")
		p.Settings = append(p.Settings, f.list...)
		return
	}
	shared := map[string]any{}
	for _, part := range []string{"uid2", "euid", "opt_outs"} {
		if value, there := section[part]; there {
			shared[part] = value
		}
	}
	text, _ = json.Marshal(shared) // as above
	p.ReadConfig(text)
}

// overridden replaces settings by what the environment has for them, as Prebid Server does: only
// those that are in the file, by a text, and not by an empty one.
func overridden(s plan.Settings, prefix string) {
	for key, value := range s {
		name := prefix + "_" + strings.ToUpper(key)
		switch value := value.(type) {
		case plan.Settings:
			overridden(value, name)
		default:
			if text := os.Getenv(name); text != "" {
				s[key] = text
			}
		}
	}
}

const (
	checkBidders     = "bidders"
	checkBidderHosts = "bidder hosts"
	checkDebug       = "debug"
)

func (s *PrebidServer) examine(context.Context) []Finding {
	var f findings
	found := plan.Check(s.root)
	for _, kind := range []plan.Kind{plan.Hooks, plan.Module, plan.Stages, plan.Timeouts} {
		sound := true
		for _, problem := range found.Problems {
			if problem.Kind == kind {
				f.wrong(string(kind), problem.Place+": "+problem.Text, problem.Remedy)
				sound = false
			}
		}
		if sound {
			f.ok(string(kind), "as they should be")
		}
	}
	if s.cfg == nil {
		f.skip("the settings can't be read", checkBidders, checkBidderHosts, checkDebug)
		return f.list
	}
	s.examineBidders(&f)
	s.examineHosts(&f)
	s.examineDebug(&f)
	return f.list
}

func (s *PrebidServer) examineBidders(f *findings) {
	if len(s.cfg.Bidders) == 0 {
		f.warning(checkBidders, "none is listed, so nobody gets raw UIDs", "list those that may have them under bidders")
		return
	}
	sound := true
	for _, b := range s.cfg.Bidders {
		name := adapterName(b)
		info, known := s.info(name)
		switch {
		case !known && s.infos != nil:
			sound = false
			f.wrong(checkBidders, fmt.Sprintf("%q is listed, and Prebid Server has no such bidder", name), "correct its name; an alias of requests also needs alias_of")
		case !known:
			sound = false
			f.warning(checkBidders, fmt.Sprintf("%q is listed, and Prebid Server 3.30 and 4.6 have no such bidder", name), "correct its name; an alias of requests also needs alias_of; -bidder-info names the directory of a tree with others")
		case info.Disabled:
			sound = false
			f.warning(checkBidders, fmt.Sprintf("%q is listed and disabled", name), "enable it, or leave it out of the list")
		}
	}
	if sound {
		f.ok(checkBidders, "all %d that are listed exist", len(s.cfg.Bidders))
	}
}

// adapterName is the bidder of Prebid Server that an entry is about.
func adapterName(b annotator.Bidder) string {
	if b.AliasOf != "" {
		return b.AliasOf
	}
	return b.Name
}

func (s *PrebidServer) examineHosts(f *findings) {
	sound := true
	for _, b := range s.cfg.Bidders {
		name := adapterName(b)
		info, _ := s.info(name)
		if info.AliasOf != "" {
			name = info.AliasOf
		}
		chosen := annotator.CallerChoosesHost(name) || !knownBidder(name) && macroInHost(info.Endpoint)
		switch fixed := info.Endpoint != "" && !macroInHost(info.Endpoint); {
		case chosen && !b.AllowCallerHost:
			sound = false
			f.wrong(checkBidderHosts, fmt.Sprintf("a parameter of the caller has a say in the host of %q, which would get raw UIDs", b.Name),
				"leave the bidder out or, if its endpoint is fixed in your bidder-info, insist with allow_caller_host: true")
		case chosen && !fixed:
			sound = false
			f.warning(checkBidderHosts, fmt.Sprintf("%q has allow_caller_host, and nothing seen here fixes its host", b.Name), "fix its endpoint under adapters or in your bidder-info, or leave it out")
		}
	}
	if sound {
		f.ok(checkBidderHosts, "no caller chooses one")
	}
}

func (s *PrebidServer) examineDebug(f *findings) {
	sound := true
	if s.cfg.RawInDebug {
		sound = false
		f.warning(checkDebug, "raw_in_debug sends raw UIDs also where Prebid Server echoes requests to the caller", "set raw_in_debug: false, except to look for a fault")
	}
	for _, b := range s.cfg.Bidders {
		info, known := s.info(adapterName(b))
		if known && s.infos != nil && info.debugAllowed() {
			sound = false
			f.warning(checkDebug, fmt.Sprintf("debug is allowed for %q, so Prebid Server may echo its requests", b.Name), "set debug: {allow: false} in its bidder-info, or adapters."+strings.ToLower(adapterName(b))+".debug.allow: false")
		}
	}
	switch {
	case sound && s.infos == nil && len(s.cfg.Bidders) > 0:
		f.skip("whether debug is allowed is in the tree's bidder-info (-bidder-info)", checkDebug)
	case sound:
		f.ok(checkDebug, "no request of a listed bidder is echoed")
	}
}
