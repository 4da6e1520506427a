package uid2test

import (
	"encoding/json"
	"time"
)

// Layouts of times without a zone, which mean UTC. The first takes fractions of a second, too.
const (
	sinceLayout   = "2006-01-02T15:04:05"
	updatedLayout = "2006-01-02T15:04:05.000"
)

type bucketEntry struct {
	ID          string `json:"bucket_id"`
	LastUpdated string `json:"last_updated"`
}

// identityBuckets lists the buckets that were rotated since a time. Here all are rotated together.
func (s *Server) identityBuckets(_ *participant, payload []byte) ([]byte, *refusal) {
	var request struct {
		Since string `json:"since_timestamp"`
	}
	if json.Unmarshal(payload, &request) != nil {
		return nil, clientError("Invalid payload in body: Data is not valid json string.")
	}
	since, err := time.Parse(sinceLayout, request.Since)
	if err != nil {
		return nil, clientError("invalid date, must conform to ISO 8601")
	}
	entries := []bucketEntry{}
	if last := s.lastRotation().at; !last.Before(since) {
		for number := range buckets {
			entries = append(entries, bucketEntry{s.bucketID(number), last.UTC().Format(updatedLayout)})
		}
	}
	return success(entries), nil
}
