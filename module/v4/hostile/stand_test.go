// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package hostile_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/hostile"
	prebid "github.com/uid2rtb/uid2rtb/module/v4"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

func TestMain(m *testing.M) { pbstest.Main(m) }

// people are the operators with their users, whom all stands share.
type people struct {
	uid2, euid     *uid2test.Server
	users, guessed []hostile.User
	planted        hostile.User // in no auction but one that means to leak
	optOuts        *bidstream.MemoryOptOuts
	search         *hostile.Search // for users
}

const (
	userCount    = 48
	guessedCount = 4
	tokensEach   = 8
)

func newPeople(t *testing.T) *people {
	t.Helper()
	p := &people{uid2: uid2test.NewServer(), euid: uid2test.NewServer(uid2test.WithScope(codec.ScopeEUID)), optOuts: new(bidstream.MemoryOptOuts)}
	t.Cleanup(p.uid2.Close)
	t.Cleanup(p.euid.Close)
	for i := range userCount + guessedCount {
		user := p.user(i, i%4 == 3, i%8 == 5)
		if i < userCount {
			p.users = append(p.users, user)
		} else {
			p.guessed = append(p.guessed, user)
		}
	}
	p.planted = p.user(userCount+guessedCount, false, false)
	p.search = hostile.NewSearch(raws(p.users...))
	return p
}

func (p *people) user(i int, euid, gone bool) hostile.User {
	server := p.uid2
	if euid {
		server = p.euid
	}
	spec := uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i), RawUIDVersion: codec.Version(2 + i%3)}
	raw := server.RawUID(spec)
	if gone {
		p.optOuts.Add(raw, 1700000000000)
	}
	user := hostile.User{Raw: raw.Reveal(), EUID: euid, Gone: gone}
	for n := range tokensEach {
		spec.Version = codec.Version(2 + n%3)
		user.Tokens = append(user.Tokens, server.Token(spec))
	}
	return user
}

func raws(users ...hostile.User) (all []string) {
	for _, user := range users {
		all = append(all, user.Raw)
	}
	return all
}

// config is the module's section of a host's configuration.
func (p *people) config(t testing.TB, s scenario) json.RawMessage {
	t.Helper()
	operator := func(server *uid2test.Server) map[string]any {
		client := server.Client()
		return map[string]any{"base_url": server.URL, "api_key": client.APIKey, "client_secret": client.ClientSecret}
	}
	bidders := make([]any, len(s.listed))
	for i, l := range s.listed {
		entry := map[string]any{"name": l.Name}
		if l.AliasOf != "" {
			entry["alias_of"] = l.AliasOf
		}
		if s.insists {
			entry["allow_caller_host"] = true
		}
		if s.modes && i < 2 {
			entry["mode"] = []string{"replace", "drop_opted_out"}[i]
		}
		bidders[i] = entry
	}
	settings := map[string]any{"enabled": true, "uid2": operator(p.uid2), "euid": operator(p.euid), "bidders": bidders}
	maps.Copy(settings, s.config)
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// stand is Prebid Server with the module, bidders that answer with hostility, and the caller's own
// host, in one scenario.
type stand struct {
	*people
	scenario  scenario
	generator *hostile.Generator
	module    *prebid.Module
	dsp       *pbstest.DSP
	attacker  *pbstest.DSP
	pbs       *pbstest.Server
	analytics string // prefix of the file's name

	number atomic.Uint64 // of the auction that is played

	mu   sync.Mutex
	sent []sent
}

// sent is a request that left Prebid Server.
type sent struct {
	to     string // the adapter that received it, or callersHost
	found  []hostile.Found
	forged bool
}

const callersHost = "the caller's host"

// refused is the error of a module that doesn't start with a configuration.
var refused = annotator.ErrConfig

func newStand(t *testing.T, p *people, s scenario, seed uint64, leaky *leakyModule) (*stand, error) {
	t.Helper()
	stand := &stand{people: p, scenario: s}
	stand.dsp = pbstest.NewDSP(pbstest.DSPConfig{Keep: -1, Answer: stand.answer, Edit: stand.edit})
	t.Cleanup(stand.dsp.Close)
	stand.attacker = pbstest.NewDSP(pbstest.DSPConfig{Keep: -1, Answer: stand.steal})
	t.Cleanup(stand.attacker.Close)
	stand.generator = hostile.New(seed, hostile.World{
		Users: p.users, Guessed: p.guessed, Attacker: strings.TrimPrefix(stand.attacker.URL, "http://"),
		Listed: s.listed, DebugIn10: s.debugIn10, NoForgeriesStored: s.noForgeriesStored, Always: cmp.Or(*always, s.always),
	})
	var err error
	if stand.module, err = prebid.New(p.config(t, s), annotator.WithOptOuts(p.optOuts)); err != nil {
		return nil, err
	}
	modules := s.modules(stand.module, p)
	if leaky != nil {
		modules[leakyCode] = leaky
	}
	stand.start(t, modules)
	return stand, nil
}

func (s *stand) start(t *testing.T, modules map[string]any) {
	t.Helper()
	directory := t.TempDir()
	s.analytics = directory + "/analytics"
	cfg := pbstest.Config{
		Modules:        modules,
		Plan:           s.scenario.plan(modules),
		Accounts:       hostile.Accounts(),
		StoredRequests: s.generator.StoredRequests(), StoredResponses: hostile.StoredResponses(),
		// GDPR isn't enforced by the server, since it would not call the bidders at all.
		Settings: map[string]any{"analytics.file.filename": s.analytics, "ccpa.enforce": true, "lmt.enforce": true, "gdpr.enabled": false},
	}
	for _, name := range hostile.Bidders() {
		bidder := pbstest.Bidder{Name: name, Endpoint: s.dsp.Endpoint(name)}
		if name == "hostdsp" {
			bidder.AliasOf = "thetradedesk"
		}
		cfg.Bidders = append(cfg.Bidders, bidder)
	}
	for _, name := range hostile.CallerHosts() {
		cfg.Bidders = append(cfg.Bidders, pbstest.Bidder{Name: name})
	}
	var err error
	if s.pbs, err = pbstest.New(cfg); err != nil {
		t.Fatal(errors.Join(err, s.module.Shutdown()))
	}
	t.Cleanup(func() {
		if err := s.pbs.Close(); err != nil { // shuts the module down as well
			t.Error(err)
		}
		os.RemoveAll(directory)
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		if err := s.module.Keys(scope).WaitReady(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// note keeps what is wrong, or may be, with a request that left.
func (s *stand) note(to string, body []byte) {
	one := sent{to: to, found: s.search.In(body), forged: strings.Contains(string(body), hostile.Mark)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, one)
}

// take returns what left since the last call.
func (s *stand) take() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.sent
	s.sent = nil
	return all
}

// answer is what the host's bidders do.
func (s *stand) answer(w http.ResponseWriter, _ *http.Request, bidder string, body []byte) bool {
	s.note(bidder, body)
	return s.generator.Answer(s.number.Load(), bidder, s.scenario.level).HTTP(w, s.received(body))
}

func (s *stand) edit(bidder string, body []byte, response *openrtb2.BidResponse) {
	s.generator.Answer(s.number.Load(), bidder, s.scenario.level).Edit(response, s.received(body))
}

// steal is what the caller's host does. It is a permitted bidder's where the host insists on that.
func (s *stand) steal(w http.ResponseWriter, _ *http.Request, bidder string, body []byte) bool {
	to := callersHost
	if s.scenario.insists && slices.Contains(s.scenario.listed, hostile.Listing{Name: bidder}) {
		to = bidder
	}
	s.note(to, body)
	return false
}

// received are the raw UIDs in a request.
func (s *stand) received(body []byte) (all []string) {
	for _, found := range s.search.In(body) {
		all = append(all, s.users[found.Raw].Raw)
	}
	return all
}
