package annotator_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestFleetOfNodes: an opt-out that reaches one node is withheld by all.
func TestFleetOfNodes(t *testing.T) {
	stream := natstest.Start(t, 1, natstest.Options{})
	operator := uid2test.NewServer()
	defer operator.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var nodes []*node
	for i := range 3 {
		var log bytes.Buffer
		n := new(node)
		n.Annotator, n.receiver = withStore(t, operator, filepath.Join(t.TempDir(), "optouts.db"), &log, fmt.Sprintf(`,"nats":{"urls":%q,"stream":"OURS","subject":"our.optouts"}`, stream.URLs()))
		defer n.Close()
		if err := n.Keys(codec.ScopeUID2).WaitReady(ctx); err != nil {
			t.Fatal(err)
		}
		if err := n.OptOuts().WaitSynced(ctx); err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		nodes = append(nodes, n)
	}
	mustBeStream(t, stream.URLs(), "OURS", "our.optouts")
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
		if status := answer(t, request); status != 200 {
			t.Fatal(status)
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

// mustBeStream wants a stream of this name that has messages of this subject.
func mustBeStream(t *testing.T, urls, name, subject string) {
	t.Helper()
	connection, err := nats.Connect(urls)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	js, err := jetstream.New(connection)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	if got := stream.CachedInfo().Config.Subjects; !slices.Equal(got, []string{subject}) {
		t.Errorf("the stream is of %q", got)
	}
}

// status is what becomes of a token at a node.
func (n *node) status(ctx context.Context, token string) string {
	for status := range n.Resolve(ctx, &openrtb2.BidRequest{User: userWith(token)}, time.Now()).Statuses() {
		return status
	}
	return ""
}
