// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module

import (
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/uid2rtb/uid2rtb/internal/httpserver"
)

// metricsServer is a Prometheus endpoint of the module's own, since Prebid Server doesn't let modules register in its.
type metricsServer struct{ server *httpserver.Server }

func serveMetrics(addr string, collector prometheus.Collector) (*metricsServer, error) {
	registry := prometheus.NewRegistry()
	if err := registry.Register(collector); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := httpserver.New(listener, mux, httpserver.Defaults())
	go server.Serve() // ends with close
	return &metricsServer{server}, nil
}

// close may be called on nil.
func (s *metricsServer) close() error {
	if s == nil {
		return nil
	}
	return s.server.Stop()
}
