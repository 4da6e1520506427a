//go:build pbstree

package realserver_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// cache is a Prebid Cache that keeps what it got. The id of an entry follows from its text, but for what is
// new in each auction, so that two servers that store the same get the same ids.
type cache struct {
	server *httptest.Server

	mu   sync.Mutex
	puts [][]byte
}

func newCache(t *testing.T) *cache {
	t.Helper()
	c := &cache{}
	c.server = httptest.NewServer(c)
	t.Cleanup(c.server.Close)
	return c
}

func (c *cache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Puts []json.RawMessage `json:"puts"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, "not a request to a Prebid Cache", http.StatusBadRequest)
		return
	}
	type stored struct {
		UUID string `json:"uuid"`
	}
	ids := []stored{}
	for _, put := range request.Puts {
		sum := sha256.Sum256([]byte(normal(put)))
		ids = append(ids, stored{fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])})
	}
	c.mu.Lock()
	for _, put := range request.Puts {
		c.puts = append(c.puts, put)
	}
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"responses": ids})
}

// take returns what came since the last call.
func (c *cache) take() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	puts := c.puts
	c.puts = nil
	return puts
}
