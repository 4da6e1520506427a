//go:build go1.24

package operator_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// shelf is where a client finds its credentials, as two files are that change one after another.
type shelf struct {
	mu          sync.Mutex
	key, secret string
	err         error
	reads       atomic.Int64
}

func (s *shelf) put(key, secret string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key, s.secret, s.err = key, secret, err
}

func (s *shelf) read(context.Context) (operator.Credentials, error) {
	s.reads.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return operator.Credentials{}, s.err
	}
	return operator.NewCredentials(s.key, s.secret)
}

// rotating is a client whose credentials are on a shelf, and an operator with two pairs for it.
type rotating struct {
	*operator.Client
	server   *uid2test.Server
	old, new *uid2test.Client
	shelf    *shelf
	ahead    *atomic.Int64 // of the client's clock, in nanoseconds
}

func newRotating(t *testing.T, newRoles uid2test.Role) *rotating {
	t.Helper()
	var ahead atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	server := uid2test.NewServer(uid2test.WithNow(clock))
	t.Cleanup(server.Close)
	r := &rotating{server: server, old: server.Client(), shelf: new(shelf), ahead: &ahead}
	r.new = server.AddClient(uid2test.Client{SiteID: r.old.SiteID, Roles: newRoles, Reads: []uint32{uid2test.EverySite}})
	r.shelf.put(r.old.APIKey, r.old.ClientSecret, nil)
	r.Client = clientOf(t, server, r.old.APIKey, r.old.ClientSecret, operator.WithNow(clock), operator.WithCredentialsFrom(r.shelf.read))
	return r
}

// keys fetches keys, which must go well, and says how many requests that took and whose key is in
// use then.
func (r *rotating) keys(t *testing.T, when string, wantRequests int, inUse *uid2test.Client, wantErr error) {
	t.Helper()
	before := r.server.Requests(uid2test.PathBidstream)
	if _, err := r.BidstreamKeys(t.Context()); err != nil {
		t.Errorf("%s: %v", when, err)
	}
	if got := r.server.Requests(uid2test.PathBidstream) - before; int(got) != wantRequests {
		t.Errorf("%s: %d requests, want %d", when, got, wantRequests)
	}
	if r.Credentials().RevealAPIKey() != inUse.APIKey {
		t.Errorf("%s: the other key is in use", when)
	}
	err := r.ReloadErr()
	if !errors.Is(err, wantErr) || (err == nil) != (wantErr == nil) {
		t.Errorf("%s: %v, want %v", when, err, wantErr)
	}
	for _, secret := range []string{r.old.APIKey, r.old.ClientSecret, r.new.APIKey, r.new.ClientSecret} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error holds a secret", when)
		}
	}
}

// A key and a secret change one after the other; the old pair works until the new one does.
func TestRotation(t *testing.T) {
	r := newRotating(t, uid2test.IDReader)
	r.keys(t, "at first", 1, r.old, nil)
	r.shelf.put(r.new.APIKey, r.old.ClientSecret, nil)
	r.keys(t, "half", 2, r.old, operator.ErrClientSecret)
	r.keys(t, "half, again", 1, r.old, operator.ErrClientSecret)
	r.shelf.put(r.new.APIKey, r.new.ClientSecret, nil)
	r.keys(t, "whole", 1, r.new, nil)
	r.server.RemoveClient(r.old)
	r.keys(t, "the old one revoked", 1, r.new, nil)
	if s := r.Stats(); s.Reloads != 1 || s.ReloadFailures != 1 || s.Failures != 0 {
		t.Errorf("%+v", s)
	}
	r.shelf.put(r.old.APIKey, r.new.ClientSecret, nil)
	r.keys(t, "a mistake", 2, r.new, operator.ErrUnauthorized)
}

// The other way round: the secret comes first.
func TestRotationOfTheSecretFirst(t *testing.T) {
	r := newRotating(t, uid2test.IDReader)
	r.shelf.put(r.old.APIKey, r.new.ClientSecret, nil)
	r.keys(t, "half", 2, r.old, operator.ErrClientSecret)
	r.shelf.put(r.new.APIKey, r.new.ClientSecret, nil)
	r.keys(t, "whole", 1, r.new, nil)
}

// New credentials that the operator doesn't know yet are tried again after a while, not each time.
func TestRotationTooEarly(t *testing.T) {
	r := newRotating(t, uid2test.IDReader)
	r.server.RemoveClient(r.new)
	r.shelf.put(r.new.APIKey, r.new.ClientSecret, nil)
	r.keys(t, "unknown", 2, r.old, operator.ErrUnauthorized)
	r.keys(t, "at once", 1, r.old, operator.ErrUnauthorized)
	r.ahead.Add(int64(2 * time.Minute))
	r.keys(t, "two minutes later", 2, r.old, operator.ErrUnauthorized)
	r.server.AddClient(*r.new)
	r.keys(t, "known", 1, r.old, operator.ErrUnauthorized)
	r.ahead.Add(int64(2 * time.Minute))
	r.keys(t, "four minutes later", 1, r.new, nil)
}

// If the old pair is revoked although the new one was refused a moment ago, the call doesn't fail.
func TestRotationWithoutPause(t *testing.T) {
	r := newRotating(t, uid2test.IDReader)
	r.server.RemoveClient(r.new)
	r.shelf.put(r.new.APIKey, r.new.ClientSecret, nil)
	r.keys(t, "unknown", 2, r.old, operator.ErrUnauthorized)
	r.server.AddClient(*r.new)
	r.server.RemoveClient(r.old)
	r.keys(t, "known", 2, r.new, nil)
}

// Credentials that can't be read, or are none, change nothing.
func TestRotationUnreadable(t *testing.T) {
	r := newRotating(t, uid2test.IDReader)
	gone := errors.New("no such file")
	r.shelf.put("", "", gone)
	r.keys(t, "gone", 1, r.old, gone)
	r.keys(t, "still gone", 1, r.old, gone)
	r.shelf.put("a key", "no secret", nil)
	r.keys(t, "cut off", 1, r.old, operator.ErrCredentials)
	r.shelf.put(r.old.APIKey, r.old.ClientSecret, nil)
	r.keys(t, "back", 1, r.old, nil)
	if s := r.Stats(); s.Reloads != 0 || s.ReloadFailures != 1 {
		t.Errorf("%+v", s)
	}
	server := r.server
	none := func(context.Context) (operator.Credentials, error) { return operator.Credentials{}, nil }
	c := clientOf(t, server, r.old.APIKey, r.old.ClientSecret, operator.WithCredentialsFrom(none))
	if _, err := c.BidstreamKeys(t.Context()); err != nil || !errors.Is(c.ReloadErr(), operator.ErrCredentials) {
		t.Errorf("%v, %v", err, c.ReloadErr())
	}
}

// A new pair without one of the roles is used where it is good, and the one before elsewhere.
func TestRotationWithoutRole(t *testing.T) {
	r := newRotating(t, uid2test.Generator)
	r.shelf.put(r.new.APIKey, r.new.ClientSecret, nil)
	validate := []byte(`{"token":"x","email":"validate@example.com"}`)
	_, _ = r.ValidateToken(t.Context(), validate) // whatever comes of it, the new pair was not refused
	r.keys(t, "no reader", 2, r.old, operator.ErrUnauthorized)
}

// All pairs are refused: the call fails, and a source that always has another pair isn't asked for
// ever.
func TestRotationRefused(t *testing.T) {
	r := newRotating(t, uid2test.IDReader)
	r.server.RemoveClient(r.old)
	r.server.RemoveClient(r.new)
	r.shelf.put(r.new.APIKey, r.new.ClientSecret, nil)
	if _, err := r.BidstreamKeys(t.Context()); !errors.Is(err, operator.ErrUnauthorized) || r.server.Requests(uid2test.PathBidstream) != 2 {
		t.Errorf("%v after %d requests", err, r.server.Requests(uid2test.PathBidstream))
	}
	n := 0
	always := func(context.Context) (operator.Credentials, error) {
		n++
		return operator.NewCredentials(strings.Repeat("k", n), clientSecret)
	}
	c := clientOf(t, r.server, "k", clientSecret, operator.WithCredentialsFrom(always))
	if _, err := c.BidstreamKeys(t.Context()); !errors.Is(err, operator.ErrUnauthorized) || n != 4 {
		t.Errorf("%v after %d readings", err, n)
	}
}

// What isn't about the credentials is no reason to try others.
func TestRotationWhileAway(t *testing.T) {
	r := newRotating(t, uid2test.IDReader)
	r.shelf.put(r.new.APIKey, r.new.ClientSecret, nil)
	r.server.Fail(uid2test.Fault{Status: 503})
	if _, err := r.BidstreamKeys(t.Context()); !errors.Is(err, operator.ErrUnavailable) || r.ReloadErr() != nil || r.server.Requests(uid2test.PathBidstream) != 2 {
		t.Errorf("%v, %v, %d requests", err, r.ReloadErr(), r.server.Requests(uid2test.PathBidstream))
	}
	r.server.Heal()
	r.keys(t, "back", 1, r.new, nil)
}

// A refresh needs no API key: that it goes well says nothing of one.
func TestRotationAndRefresh(t *testing.T) {
	r := newRotating(t, uid2test.IDReader)
	r.shelf.put("unknown", r.new.ClientSecret, nil)
	_, _ = r.RefreshToken(t.Context(), "x", nil)
	if r.shelf.reads.Load() != 0 || r.Credentials().RevealAPIKey() != r.old.APIKey {
		t.Error("a refresh changed the credentials")
	}
}

// Rotation under load: no call fails, whatever the order in which files and operator change.
func TestRotationUnderLoad(t *testing.T) {
	r := newRotating(t, uid2test.IDReader)
	ctx, cancel := context.WithCancel(t.Context())
	calls, ctx := errgroup.WithContext(ctx)
	var done atomic.Int64
	for range 4 {
		calls.Go(func() error {
			for ctx.Err() == nil {
				if _, err := r.BidstreamKeys(t.Context()); err != nil {
					return err
				}
				done.Add(1)
			}
			return nil
		})
	}
	step := func() { // lets calls begin and end between two changes
		for until := done.Load() + 12; done.Load() < until && ctx.Err() == nil; {
			time.Sleep(time.Millisecond)
		}
	}
	old := r.old
	for range 5 {
		next := r.server.AddClient(uid2test.Client{SiteID: old.SiteID, Roles: uid2test.IDReader, Reads: []uint32{uid2test.EverySite}})
		r.shelf.put(next.APIKey, old.ClientSecret, nil)
		step()
		r.shelf.put(next.APIKey, next.ClientSecret, nil)
		r.server.RemoveClient(old) // at once
		step()
		old = next
	}
	cancel()
	if err := calls.Wait(); err != nil {
		t.Error(err)
	}
	if s := r.Stats(); s.Failures != 0 || s.Reloads < 5 || r.Credentials().RevealAPIKey() != old.APIKey || r.ReloadErr() != nil {
		t.Errorf("%+v, %v", s, r.ReloadErr())
	}
}

func TestCredentialsFromNothing(t *testing.T) {
	read := func(context.Context) (operator.Credentials, error) { return credentials(t), nil }
	if c, err := operator.NewWithoutCredentials("http://127.0.0.1:1", operator.WithCredentialsFrom(read)); c != nil || !errors.Is(err, operator.ErrCredentials) {
		t.Error(err)
	}
}
