package sidecar

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/metrics"
)

// Operations answers /healthz, /readyz and /metrics.
func (s *Server) Operations() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(s.bidder), s.requests) // the registry is new, so this can't fail
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.Handle("/", bidder.HealthHandler(s.bidder.HealthReport)) // /healthz and /readyz
	return mux
}
