package pbstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
)

// cache answers the Prebid Cache protocol: it takes everything, hands out ids and keeps nothing. Amp answers without
// targeting if the cache can't be reached.
type cache struct{ last atomic.Uint64 }

// maxCacheBytes bounds a request to the cache.
const maxCacheBytes = 16 << 20

func (c *cache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Puts []json.RawMessage `json:"puts"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCacheBytes)).Decode(&request); err != nil {
		http.Error(w, "not a request to a Prebid Cache", http.StatusBadRequest)
		return
	}
	type stored struct {
		UUID string `json:"uuid"`
	}
	answer := struct {
		Responses []stored `json:"responses"`
	}{make([]stored, len(request.Puts))}
	for i := range answer.Responses {
		answer.Responses[i].UUID = fmt.Sprintf("00000000-0000-4000-8000-%012x", c.last.Add(1))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the client has gone if this fails
}
