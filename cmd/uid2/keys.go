package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/keyset"
)

func (a *app) keys() *cli.Command {
	return a.command(&cli.Command{
		Name:     "keys",
		Usage:    "summarize a set of keys, without their secrets",
		Category: "KEYS",
		Description: `Examples:
   uid2 keys -keys keys.json
   uid2 keys -role sharing -json
   uid2 keys -raw >keys.json      # the operator's whole answer, secrets included, for uid2 decrypt -keys`,
		Flags: []cli.Flag{
			keyFlag(), roleFlag(), newNowFlag(),
			&cli.BoolFlag{Name: "raw", Usage: "print the operator's answer unchanged, secrets included"},
		},
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			if c.Bool("raw") {
				answer, err := a.keyAnswer(ctx, c, c.String("role"))
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.out, "%s\n", answer)
				return err
			}
			keys, err := a.loadKeys(ctx, c, c.String("role"))
			if err != nil {
				return err
			}
			summary := summarize(keys, a.at(c).UnixMilli())
			if c.Bool("json") {
				return printJSON(a.out, summary)
			}
			return a.printSummary(summary)
		}),
	})
}

// keySummary summarizes a set of keys, without secrets. Times and lifetimes are milliseconds.
type keySummary struct {
	Scope           string          `json:"scope"`
	Keys            int             `json:"keys"`
	ActiveKeys      int             `json:"active_keys"`
	Synced          bool            `json:"synced"` // at least one key hasn't expired
	LatestExpiryMs  int64           `json:"latest_expiry"`
	CallerSiteID    *uint32         `json:"caller_site_id,omitempty"`
	MasterKeysetID  *int64          `json:"master_keyset_id,omitempty"`
	DefaultKeysetID *int64          `json:"default_keyset_id,omitempty"`
	BidstreamMaxMs  *int64          `json:"max_bidstream_lifetime,omitempty"`
	SharingMaxMs    *int64          `json:"max_sharing_lifetime,omitempty"`
	ClockSkewMs     int64           `json:"allow_clock_skew"`
	TokenExpiryMs   int64           `json:"token_expiry"`
	Keysets         []keysetSummary `json:"keysets,omitempty"`
}

type keysetSummary struct {
	ID          int64   `json:"id"`
	Keys        int     `json:"keys"`
	ActiveKeyID *uint32 `json:"active_key_id,omitempty"`
}

func summarize(keys *keyset.Snapshot, nowMs int64) keySummary {
	s := keySummary{
		Scope:           keys.Scope().String(),
		Keys:            keys.Len(),
		Synced:          keys.Synced(nowMs),
		LatestExpiryMs:  keys.LatestExpiryMs(),
		CallerSiteID:    known(keys.CallerSiteID()),
		MasterKeysetID:  known(keys.MasterKeysetID()),
		DefaultKeysetID: known(keys.DefaultKeysetID()),
		BidstreamMaxMs:  known(keys.MaxBidstreamLifetimeMs()),
		SharingMaxMs:    known(keys.MaxSharingLifetimeMs()),
		ClockSkewMs:     keys.ClockSkewMs(),
		TokenExpiryMs:   keys.TokenExpiryMs(),
	}
	sizes := make(map[int64]int)
	for info := range keys.All() {
		if info.Active(nowMs) {
			s.ActiveKeys++
		}
		if info.HasKeyset {
			sizes[info.KeysetID]++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(sizes)) {
		set := keysetSummary{ID: id, Keys: sizes[id]}
		if key, ok := keys.ActiveKey(id, nowMs); ok {
			keyID := key.ID()
			set.ActiveKeyID = &keyID
		}
		s.Keysets = append(s.Keysets, set)
	}
	return s
}

func known[T any](value T, ok bool) *T {
	if !ok {
		return nil
	}
	return &value
}

func (a *app) printSummary(s keySummary) error {
	tabs := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	row := func(name string, value any) { fmt.Fprintf(tabs, "%s\t%v\n", name, value) }
	row("scope", s.Scope)
	row("keys", fmt.Sprintf("%d, of which %d active", s.Keys, s.ActiveKeys))
	row("usable until", time.UnixMilli(s.LatestExpiryMs).UTC().Format(time.RFC3339))
	if !s.Synced {
		row("warning", "all keys have expired")
	}
	if s.CallerSiteID != nil {
		row("caller's site", *s.CallerSiteID)
	}
	row("bidstream tokens live up to", lifetime(s.BidstreamMaxMs))
	row("shared tokens live up to", lifetime(s.SharingMaxMs))
	row("clocks may differ by", time.Duration(s.ClockSkewMs)*time.Millisecond)
	for _, set := range s.Keysets {
		name := fmt.Sprintf("keyset %d", set.ID)
		switch {
		case s.MasterKeysetID != nil && *s.MasterKeysetID == set.ID:
			name += " (master)"
		case s.DefaultKeysetID != nil && *s.DefaultKeysetID == set.ID:
			name += " (default)"
		}
		active := "none active"
		if set.ActiveKeyID != nil {
			active = fmt.Sprintf("key %d active", *set.ActiveKeyID)
		}
		row(name, fmt.Sprintf("%s, %s", plural.Count(set.Keys, "key"), active))
	}
	return tabs.Flush()
}

func lifetime(ms *int64) string {
	if ms == nil {
		return "no limit known"
	}
	return (time.Duration(*ms) * time.Millisecond).String()
}
