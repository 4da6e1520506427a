package module

import (
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/uid2rtb/uid2rtb/internal/httpserver"
	"github.com/uid2rtb/uid2rtb/module/annotator"
)

// metricsServer has endpoints of the module's own for Prometheus and for probes, since Prebid Server doesn't let modules
// register in its.
type metricsServer struct{ server *httpserver.Server }

func serveMetrics(addr string, a *annotator.Annotator) (*metricsServer, error) {
	registry := prometheus.NewRegistry()
	if err := registry.Register(a.Collector()); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.Handle("/", a.HealthHandler()) // /healthz and /readyz
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
