package bidder

import (
	"context"
	"log/slog"

	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/operator"
)

// reloads logs what comes of files that are read again. It belongs to the goroutine that fetches
// keys.
type reloads struct {
	client *operator.Client
	logger *slog.Logger
	failed string // what was logged last; "" while all is well
	count  uint64
}

// fetch gets keys, and looks whether they came under other credentials.
func (r *reloads) fetch(ctx context.Context) ([]byte, error) {
	keys, err := r.client.BidstreamKeys(ctx)
	r.log()
	return keys, err
}

// log logs each change once.
func (r *reloads) log() {
	if count := r.client.Stats().Reloads; count != r.count {
		r.count = count
		r.logger.Info("other credentials are in use from now on")
	}
	text := ""
	if err := r.client.ReloadErr(); err != nil {
		text = err.Error()
	}
	switch {
	case text == r.failed:
		return
	case text == "":
		r.logger.Info("what the files of credentials have is in use again")
	default:
		r.logger.Warn("what the files of credentials have isn't in use", "error", text)
	}
	r.failed = text
}

// cacheOf is the cache file of an operator's keys, under the credentials in use.
func (o *Operator) cacheOf(client *operator.Client) keyset.Cache {
	under := func() (secret []byte, binding string) {
		creds := client.Credentials()
		return []byte(creds.RevealClientSecretText()), o.BaseURL + "\n" + creds.RevealAPIKey()
	}
	cache := keyset.Cache{Path: o.CacheFile, Again: under}
	cache.Secret, cache.Binding = under()
	return cache
}
