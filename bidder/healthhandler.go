package bidder

import (
	"encoding/json"
	"net/http"
	"time"
)

// Paths of a HealthHandler.
const (
	PathHealthz = "/healthz"
	PathReadyz  = "/readyz"
)

// HealthHandler serves two paths, GET and HEAD, for probes:
//
//	/healthz  200: the process lives. Nothing is looked at
//	/readyz   200 if the report has no reasons against it, otherwise 503
//
// The answers are JSON, with the status "alive", or "ready" or "not_ready" and the report's reasons
// and warnings, and aren't to be cached. report is called for each request, as
// [Bidder.HealthReport] or [ReceiverHealth] may be.
func HealthHandler(report func(now time.Time) HealthReport) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PathHealthz, func(w http.ResponseWriter, _ *http.Request) {
		answerHealth(w, http.StatusOK, struct {
			Status string `json:"status"`
		}{"alive"})
	})
	mux.HandleFunc("GET "+PathReadyz, func(w http.ResponseWriter, _ *http.Request) {
		now := report(time.Now())
		status, word := http.StatusOK, "ready"
		if !now.Ready() {
			status, word = http.StatusServiceUnavailable, "not_ready"
		}
		answerHealth(w, status, struct {
			Status   string    `json:"status"`
			Reasons  []Problem `json:"reasons"`
			Warnings []Problem `json:"warnings"`
		}{word, notNull(now.Reasons), notNull(now.Warnings)})
	})
	return mux
}

// notNull makes an empty list of none, for readers that would have to tell them apart.
func notNull(problems []Problem) []Problem {
	return append([]Problem{}, problems...)
}

func answerHealth(w http.ResponseWriter, status int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		panic("bidder: internal error: " + err.Error()) // marshaling strings can't fail
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // who has left doesn't need it
}
