package bidder

import (
	"context"
	"log/slog"
	"time"

	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/operator"
)

// reloads logs what comes of files that are read again. It belongs to the goroutine that fetches
// keys.
type reloads struct {
	client *operator.Client
	logger *slog.Logger
	failed notReloaded
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
	r.failed.log(r.logger, "what the files of credentials have", r.client.ReloadErr())
}

// notReloaded is why what a file has isn't in use, as it was logged last; "" while all is well.
type notReloaded string

// log logs each change once.
func (last *notReloaded) log(logger *slog.Logger, what string, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	switch {
	case text == string(*last):
		return
	case text == "":
		logger.Info(what + " is in use again")
	default:
		logger.Warn(what+" isn't in use", "error", text)
	}
	*last = notReloaded(text)
}

// lookAtReloads is the interval between two looks at what came of the receiver's files.
const lookAtReloads = time.Second

// reportReloads logs what comes of the receiver's files that are read again, until the node ends.
func (n *optOutNode) reportReloads(logger *slog.Logger) {
	var failed notReloaded
	look := time.NewTicker(lookAtReloads)
	defer look.Stop()
	for {
		select {
		case <-n.ended:
			return
		case <-look.C:
			failed.log(logger, "what the file of the receiver has", n.receiver.ReloadErr())
		}
	}
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
