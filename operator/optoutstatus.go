package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/codec"
)

// parallelBatches is the number of batches of a call that are sent to a private operator
// concurrently.
const parallelBatches = 8

var errStatus = errors.New("its JSON doesn't report success")

// OptedOut is a raw UID whose user has opted out.
type OptedOut struct {
	UID   codec.RawUID
	Since time.Time
}

// OptOutStatus requests which of these raw UIDs have opted out, and returns those in the order of
// uids, including repetitions. It sends batches of at most [MaxIdentities], one at a time on one
// connection, as public operators require; see [WithPrivateOperator]. Operators compare texts, and
// may know a version 4 UID by its canonical form, so both forms of it are sent.
//
// The credentials need the role MAPPER, SHARER or ID_READER. Errors are of type *Error; no results
// are returned with an error.
func (c *Client) OptOutStatus(ctx context.Context, uids []codec.RawUID) ([]OptedOut, error) {
	batches := slices.Collect(slices.Chunk(askedForms(uids), MaxIdentities))
	since := make(map[codec.RawUID]time.Time)
	var mu sync.Mutex
	err := c.each(ctx, len(batches), func(ctx context.Context, i int) error {
		found, err := c.optOutBatch(ctx, batches[i])
		mu.Lock()
		defer mu.Unlock()
		for _, o := range found {
			if known, ok := since[o.UID.Canonical()]; !ok || o.Since.After(known) {
				since[o.UID.Canonical()] = o.Since
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var result []OptedOut
	for _, uid := range uids {
		if at, ok := since[uid.Canonical()]; ok {
			result = append(result, OptedOut{uid, at})
		}
	}
	return result, nil
}

// askedForms returns the distinct forms under which the UIDs may be known.
func askedForms(uids []codec.RawUID) []codec.RawUID {
	forms := make([]codec.RawUID, 0, len(uids))
	seen := make(map[codec.RawUID]struct{}, len(uids))
	for _, uid := range uids {
		for _, form := range []codec.RawUID{uid, uid.Canonical()} {
			if _, again := seen[form]; !again && !form.IsZero() {
				seen[form] = struct{}{}
				forms = append(forms, form)
			}
		}
	}
	return forms
}

// each calls f for 0 to n-1, one at a time, or several concurrently if the operator is private. It
// stops at the first error.
func (c *Client) each(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	if !c.config.private {
		for i := range n {
			if err := f(ctx, i); err != nil {
				return err
			}
		}
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelBatches)
	for i := range n {
		group.Go(func() error { return f(ctx, i) })
	}
	return group.Wait()
}

func (c *Client) optOutBatch(ctx context.Context, uids []codec.RawUID) ([]OptedOut, error) {
	var request struct {
		IDs []string `json:"advertising_ids"`
	}
	for _, uid := range uids {
		request.IDs = append(request.IDs, uid.Reveal())
	}
	payload, err := json.Marshal(request)
	if err != nil {
		panic("operator: internal error: " + err.Error()) // marshaling strings can't fail
	}
	answer, err := c.sealed(ctx, "/v2/optout/status", Text, payload)
	if err != nil {
		return nil, err
	}
	return parseOptOuts(answer)
}

// parseOptOuts parses the body of an answer. An id that isn't a raw UID makes the answer invalid:
// skipping it could hide an opt-out.
func parseOptOuts(answer []byte) ([]OptedOut, error) {
	var parsed struct {
		Status string `json:"status"`
		Body   struct {
			OptedOut []struct {
				ID      string `json:"advertising_id"`
				SinceMs int64  `json:"opted_out_since"`
			} `json:"opted_out"`
		} `json:"body"`
	}
	if json.Unmarshal(answer, &parsed) != nil || parsed.Status != "success" {
		return nil, &Error{Kind: ErrResponse, Err: errStatus}
	}
	found := make([]OptedOut, 0, len(parsed.Body.OptedOut))
	for i, o := range parsed.Body.OptedOut {
		uid, err := codec.DecodeRawUID(o.ID)
		if err != nil {
			return nil, &Error{Kind: ErrResponse, Err: fmt.Errorf("opted_out[%d]: %w", i, err)}
		}
		found = append(found, OptedOut{uid, time.UnixMilli(o.SinceMs)})
	}
	return found, nil
}
