// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package pbstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// cache answers the Prebid Cache protocol: it takes everything, hands out ids and keeps the newest
// entries for [Server.CachePuts]. Amp answers without targeting if the cache can't be reached.
type cache struct {
	mu   sync.Mutex
	last int
	puts *recent
}

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
	first := c.keep(request.Puts)
	for i := range answer.Responses {
		answer.Responses[i].UUID = fmt.Sprintf("00000000-0000-4000-8000-%012x", first+i)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the client has gone if this fails
}

// keep stores entries and returns the number of the first one.
func (c *cache) keep(puts []json.RawMessage) (first int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, put := range puts {
		c.puts.add(put)
	}
	first = c.last + 1
	c.last += len(puts)
	return first
}

func (c *cache) kept() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.puts.bodies)
}

func (c *cache) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.puts.bodies = nil
}
