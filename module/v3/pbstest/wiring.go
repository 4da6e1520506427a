package pbstest

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prebid/prebid-server/v3/analytics"
	analyticsbuild "github.com/prebid/prebid-server/v3/analytics/build"
	"github.com/prebid/prebid-server/v3/config"
	"github.com/prebid/prebid-server/v3/currency"
	"github.com/prebid/prebid-server/v3/endpoints/openrtb2"
	"github.com/prebid/prebid-server/v3/exchange"
	"github.com/prebid/prebid-server/v3/experiment/adscert"
	"github.com/prebid/prebid-server/v3/floors"
	"github.com/prebid/prebid-server/v3/hooks"
	"github.com/prebid/prebid-server/v3/macros"
	metricsconfig "github.com/prebid/prebid-server/v3/metrics/config"
	"github.com/prebid/prebid-server/v3/openrtb_ext"
	"github.com/prebid/prebid-server/v3/ortb"
	"github.com/prebid/prebid-server/v3/prebid_cache_client"
	"github.com/prebid/prebid-server/v3/stored_requests/backends/empty_fetcher"
	"github.com/prebid/prebid-server/v3/usersync"
	"github.com/prebid/prebid-server/v3/util/jsonutil"
	"github.com/prebid/prebid-server/v3/util/uuidutil"

	jsoniter "github.com/json-iterator/go"
	"github.com/julienschmidt/httprouter"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/viper"
)

// This file does what main and router.New of Prebid Server v3.30.0 do. Prebid Server promises no stability of these
// functions: an upgrade changes this file, or permissions.go, and no other.

// parts is a server that does not listen yet.
type parts struct {
	handler  http.Handler
	cache    *cache
	metrics  prometheus.Gatherer
	shutdown func() error // after the listener closed
}

// wiring is held while a server is put together: Prebid Server writes variables of its packages meanwhile.
var wiring sync.Mutex

// registerJSON makes jsoniter treat json.RawMessage as Prebid Server expects.
var registerJSON = sync.OnceFunc(func() { jsoniter.RegisterExtension(&jsonutil.RawMessageExtension{}) })

// wire puts a server together whose own address will be addr.
func wire(cfg Config, addr string) (*parts, error) {
	wiring.Lock()
	defer wiring.Unlock()
	registerJSON()

	host, err := hostConfig(cfg, addr)
	if err != nil {
		return nil, err
	}
	repository, err := hooks.NewHookRepository(cfg.Modules)
	if err != nil {
		return nil, err
	}
	transport := cfg.Transport
	if transport == nil {
		transport = Loopback()
	}
	e := &endpointParts{
		host:     host,
		plans:    hooks.NewExecutionPlanBuilder(host.Hooks, repository),
		metrics:  metricsconfig.NewMetricsEngine(host, openrtb_ext.CoreBidderNames(), nil, moduleStageNames(cfg.Modules)),
		requests: storedRequests{requests: cfg.StoredRequests, request: cfg.StoredRequest, responses: cfg.StoredResponses},
		cache:    &cache{puts: newRecent(cfg.KeepCachePuts)},
		accounts: accounts(cfg.Accounts),
		client:   &http.Client{Transport: transport},
		around:   cfg.Exchange,
	}
	e.analytics = analyticsbuild.New(&host.Analytics)
	handler, err := e.handler()
	if err != nil {
		e.analytics.Shutdown()
		return nil, err
	}
	if cfg.Handler != nil {
		handler = cfg.Handler(handler)
	}
	p := &parts{handler: handler, cache: e.cache}
	if prometheus := e.metrics.PrometheusMetrics; prometheus != nil {
		p.metrics = prometheus.Gatherer
	}
	p.shutdown = func() error {
		e.analytics.Shutdown()
		e.stop()
		e.client.CloseIdleConnections()
		return shutdownModules(cfg.Modules)
	}
	return p, nil
}

// hostConfig is the host's configuration: the defaults of Prebid Server, then ours, then the settings of cfg.
func hostConfig(cfg Config, addr string) (*config.Configuration, error) {
	infos, err := bidderInfos(cfg.Bidders)
	if err != nil {
		return nil, err
	}
	cacheAddr, err := dialable(addr)
	if err != nil {
		return nil, err
	}
	v := viper.New()
	config.SetupViper(v, "", infos)
	settings := map[string]any{
		"gdpr.default_value":      "0",
		"metrics.prometheus.port": 1, // any but 0 switches the metrics on; nothing listens there
		"cache.scheme":            "http",
		"cache.host":              cacheAddr,
		"external_cache.scheme":   "http",
		"external_cache.host":     cacheAddr,
		"external_cache.path":     "/cache",
	}
	for name, value := range settings {
		v.Set(name, value)
	}
	for name, value := range cfg.Settings {
		v.Set(name, value)
	}
	host, err := config.New(v, infos, openrtb_ext.NormalizeBidderName)
	if err != nil {
		return nil, err
	}
	host.Hooks.Enabled = true
	host.Hooks.HostExecutionPlan, err = hostPlan(cfg)
	return host, err
}

// dialable is the address at which this machine reaches a listener at addr.
func dialable(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// endpointParts is what the endpoints are made of.
type endpointParts struct {
	host      *config.Configuration
	plans     hooks.ExecutionPlanBuilder
	metrics   *metricsconfig.DetailedMetricsEngine
	requests  storedRequests
	cache     *cache
	accounts  accounts
	client    *http.Client
	around    func(exchange.Exchange) exchange.Exchange // may be nil
	analytics analytics.Runner
	floors    *floors.PriceFloorFetcher
}

// handler makes the routes.
func (e *endpointParts) handler() (http.Handler, error) {
	infos := e.host.BidderInfos
	active := exchange.GetActiveBidders(infos)
	disabled := exchange.GetDisabledBidderWarningMessages(infos)
	validator := ortb.NewRequestValidator(active, disabled, anyParams{})
	ex, err := e.exchange(validator)
	if err != nil {
		return nil, err
	}
	var uuids uuidutil.UUIDRandomGenerator
	tmax := exchange.ProcessTMaxAdjustments(e.host.TmaxAdjustments)
	auction, err := openrtb2.NewEndpoint(uuids, ex, validator, e.requests, e.accounts, e.host, e.metrics, e.analytics,
		disabled, nil, active, e.requests, e.plans, tmax)
	if err != nil {
		return nil, err
	}
	amp, err := openrtb2.NewAmpEndpoint(uuids, ex, validator, e.requests, e.accounts, e.host, e.metrics, e.analytics,
		disabled, nil, active, e.requests, e.plans, tmax)
	if err != nil {
		return nil, err
	}
	router := httprouter.New()
	router.POST("/openrtb2/auction", auction)
	router.GET("/openrtb2/amp", amp)
	router.Handler(http.MethodPost, "/cache", e.cache)
	router.HandlerFunc(http.MethodGet, "/status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return router, nil
}

// exchange makes the exchange with its adapters.
func (e *endpointParts) exchange(validator ortb.RequestValidator) (exchange.Exchange, error) {
	infos := e.host.BidderInfos
	adapters, singleFormat, errs := exchange.BuildAdapters(e.client, e.host, infos, e.metrics)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	signer, err := adscert.NewAdCertsSigner(e.host.Experiment.AdCerts)
	if err != nil {
		return nil, err
	}
	cache := prebid_cache_client.NewClient(e.client, &e.host.CacheURL, &e.host.ExtCacheURL, e.metrics)
	rates := currency.NewRateConverter(e.client, time.Second, "", 0) // never told to fetch
	e.floors = floors.NewPriceFloorFetcher(e.host.PriceFloors, e.client, e.metrics)
	ex := exchange.NewExchange(adapters, cache, e.host, validator, map[string]usersync.Syncer{}, e.metrics, infos,
		permissions(e.host, e.metrics), rates, empty_fetcher.EmptyFetcher{}, signer, macros.NewStringIndexBasedReplacer(), e.floors, singleFormat)
	if e.around != nil {
		ex = e.around(ex)
	}
	return ex, nil
}

// stop ends the goroutines that handler started.
func (e *endpointParts) stop() {
	if e.floors != nil {
		e.floors.Stop()
	}
}

// shutdownModules calls Shutdown where a module has it. Prebid Server leaves out a Shutdown without a result.
func shutdownModules(modules map[string]any) error {
	var errs []error
	for _, code := range slices.Sorted(maps.Keys(modules)) {
		if m, ok := modules[code].(interface{ Shutdown() error }); ok {
			if err := m.Shutdown(); err != nil {
				errs = append(errs, fmt.Errorf("module %s: %w", code, err))
			}
		}
	}
	return errors.Join(errs...)
}
