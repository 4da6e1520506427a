package identitymap

import (
	"context"
	"fmt"
	"time"
)

// Layouts of times, without a zone and in UTC.
const (
	sinceLayout   = "2006-01-02T15:04:05.999999"
	updatedLayout = "2006-01-02T15:04:05"
)

// Bucket is a salt bucket. When it is rotated, the raw UIDs of its users change.
//
// Deprecated: see [Client.Buckets].
type Bucket struct {
	ID          string
	LastUpdated time.Time // UTC
}

// rotated is a bucket in an answer.
type rotated struct {
	ID          string `json:"bucket_id"`
	LastUpdated string `json:"last_updated"`
}

// Buckets requests the salt buckets that were rotated since a time, to the microsecond: the raw
// UIDs that [Client.MapV2] returned with one of these buckets have changed. Errors are those of the
// operator, and ErrAnswer.
//
// Deprecated: operators remove the endpoint on 2026-09-30. Use [Client.Map], and ask again about an
// identity from its RefreshFrom on.
func (c *Client) Buckets(ctx context.Context, since time.Time) ([]Bucket, error) {
	request := map[string]string{"since_timestamp": since.UTC().Format(sinceLayout)}
	answer, err := exchange[[]rotated](ctx, c.operator.IdentityBuckets, request)
	if err != nil {
		return nil, err
	}
	buckets := make([]Bucket, len(*answer))
	for i, b := range *answer {
		updated, err := time.Parse(updatedLayout, b.LastUpdated) // Parse accepts fractions of a second that the layout doesn't have
		if err != nil {
			return nil, fmt.Errorf("%w: bucket %d: its time can't be read", ErrAnswer, i)
		}
		buckets[i] = Bucket{b.ID, updated}
	}
	return buckets, nil
}
