package annotator_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestFleetOfNodes: an opt-out that reaches one node is withheld by all.
func TestFleetOfNodes(t *testing.T) {
	stream := natstest.Start(t, 1)
	operator := uid2test.NewServer()
	defer operator.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var nodes []*node
	for i := range 3 {
		var log bytes.Buffer
		n := new(node)
		n.Annotator, n.receiver = withStore(t, operator, filepath.Join(t.TempDir(), "optouts.db"), &log, fmt.Sprintf(`,"nats":{"urls":%q}`, stream.URLs()))
		defer n.Close()
		if err := n.Keys(codec.ScopeUID2).WaitReady(ctx); err != nil {
			t.Fatal(err)
		}
		if err := n.OptOuts().WaitSynced(ctx); err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		nodes = append(nodes, n)
	}
	for i, at := range nodes {
		user := uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i)}
		for _, n := range nodes {
			if status := n.status(ctx, operator.Token(user)); status != "Success" {
				t.Fatalf("before: %s", status)
			}
		}
		request, err := http.NewRequestWithContext(ctx, "GET", at.receiver+"/?id="+url.QueryEscape(operator.RawUID(user).Reveal()), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer t0ken")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 200 {
			t.Fatal(response.StatusCode)
		}
		for _, n := range nodes {
			for n.status(ctx, operator.Token(user)) != "UserOptedOut" {
				if ctx.Err() != nil {
					t.Fatal("not all nodes withhold")
				}
				time.Sleep(time.Millisecond)
			}
		}
	}
}

// status is what becomes of a token at a node.
func (n *node) status(ctx context.Context, token string) string {
	for status := range n.Resolve(ctx, &openrtb2.BidRequest{User: userWith(token)}, time.Now()).Statuses() {
		return status
	}
	return ""
}
