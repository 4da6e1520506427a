package sidecar

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"github.com/uid2rtb/uid2rtb/metrics"
)

// Operations answers /healthz, /readyz and /metrics.
func (s *Server) Operations() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(s.bidder), s.requests) // the registry is new, so this can't fail
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answerHealth(w, http.StatusOK, health{OK: true}) })
	mux.HandleFunc("GET /readyz", s.ready)
	return mux
}

// operating serves a handler of net/http. Requests for it are few.
func operating(handler http.Handler) fasthttp.RequestHandler {
	return fasthttpadaptor.NewFastHTTPHandler(handler)
}

// health is an answer about the bidder.
type health struct {
	OK      bool     `json:"ok"`
	Reasons []string `json:"reasons,omitempty"`
}

// ready says whether there can be raw UIDs, and everything that is wrong.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	now := time.Now()
	answer := health{OK: s.bidder.Ready(now)}
	if err := s.bidder.Health(now); err != nil {
		answer.Reasons = strings.Split(err.Error(), "\n")
	}
	status := http.StatusOK
	if !answer.OK {
		status = http.StatusServiceUnavailable
	}
	answerHealth(w, status, answer)
}

func answerHealth(w http.ResponseWriter, status int, answer health) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}
