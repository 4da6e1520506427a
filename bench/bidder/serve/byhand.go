package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"

	"github.com/uid2rtb/uid2rtb/bench/rivals"
	"github.com/uid2rtb/uid2rtb/operator"
)

// byHand is what a bidder would have that was written from the description of the protocol: keys,
// with ciphers that are prepared, in maps, and opt-outs in another.
type byHand struct {
	keys rivals.Cached

	mu       sync.RWMutex // opt-outs would come at any time
	optedOut map[string]struct{}
}

func newByHand(ctx context.Context, in *bufio.Reader) (*byHand, error) {
	b := &byHand{optedOut: make(map[string]struct{})}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			break
		}
		b.optedOut[line] = struct{}{}
	}
	secrets, err := fetchKeys(ctx)
	b.keys = rivals.NewCached(secrets)
	return b, err
}

// fetchKeys has this module's client talk to the operator, which is not what is measured.
func fetchKeys(ctx context.Context) (rivals.Naive, error) {
	credentials, err := operator.NewCredentials(os.Getenv("UID2_API_KEY"), os.Getenv("UID2_CLIENT_SECRET"))
	if err != nil {
		return nil, err
	}
	client, err := operator.New(os.Getenv("UID2_BASE_URL"), credentials)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	text, err := client.BidstreamKeys(ctx)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Body struct {
			Keys []struct {
				ID     uint32
				Secret []byte
			}
		}
	}
	err = json.Unmarshal(text, &answer)
	secrets := make(rivals.Naive)
	for _, key := range answer.Body.Keys {
		secrets[key.ID] = key.Secret
	}
	return secrets, err
}

// rawUID returns the raw UID of a token, and reports whether it may be bid on.
func (b *byHand) rawUID(token string, nowMs int64) (rawUID string, ok bool) {
	opened, ok := rivals.Decrypt(b.keys, token, nowMs)
	return opened.RawUID, ok && !b.hasOptedOut(opened.RawUID)
}

func (b *byHand) hasOptedOut(rawUID string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	_, found := b.optedOut[rawUID]
	return found
}
