package optout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrStream: the stream isn't what a fleet's log must be.
var ErrStream = errors.New("optout: unusable stream")

var (
	// errOtherStream: the stream isn't the one that this node's copy is of, or hasn't all of it.
	errOtherStream = errors.New("optout: the stream has lost what it had; what the nodes have is published again")
	// errUnsure: so it seems, but a server that has just become the stream's leader may not know
	// all of it yet.
	errUnsure = fmt.Errorf("%w, it seems", errOtherStream)
)

const (
	// askTimeout is how long the servers may take to answer a question about the stream.
	askTimeout = 2 * time.Second
	// askAgain is how long to wait before errUnsure is believed.
	askAgain = 500 * time.Millisecond
)

// StreamConfig says which stream a fleet shares. All nodes must say the same.
type StreamConfig struct {
	Name     string // default OPTOUTS
	Subject  string // default uid2.optouts
	Replicas int    // servers that keep each entry, 1 to 5; default 1
}

// maxReplicas is how many servers NATS lets keep a stream.
const maxReplicas = 5

// possible refuses what no server would take, so that a node doesn't wait for it for ever.
func (c StreamConfig) possible() error {
	switch c = c.withDefaults(); {
	case c.Replicas < 1 || c.Replicas > maxReplicas:
		return fmt.Errorf("%w: %d replicas of the stream: 1 to %d are possible", ErrOption, c.Replicas, maxReplicas)
	case strings.ContainsAny(c.Name, " \t\r\n\f.*>/\\"):
		return fmt.Errorf("%w: the name of the stream has a space, or one of . * > / \\", ErrOption)
	case strings.ContainsAny(c.Subject, " \t\r\n\f*>"), slices.Contains(strings.Split(c.Subject, "."), ""):
		return fmt.Errorf("%w: the subject of the stream isn't words between dots, or has a wildcard", ErrOption)
	}
	return nil
}

func (c StreamConfig) withDefaults() StreamConfig {
	if c.Name == "" {
		c.Name = "OPTOUTS"
	}
	if c.Subject == "" {
		c.Subject = "uid2.optouts"
	}
	if c.Replicas == 0 {
		c.Replicas = 1
	}
	return c
}

// wanted is the stream as the log makes it.
func (c StreamConfig) wanted() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: c.Name, Subjects: []string{c.Subject}, Replicas: c.Replicas, MaxMsgSize: maxMessage,
		Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, DenyDelete: true, DenyPurge: true,
	}
}

const (
	// maxMessage is the size of the largest message that a stream takes which the log made, so that
	// strangers can't fill it with large ones.
	maxMessage = 1 << 10
	// entryMessage is more than an entry takes, with its header.
	entryMessage = 1 << 8
)

// check refuses a stream that somebody made or changed, and that would forget entries, or not get
// ours.
func (c StreamConfig) check(is jetstream.StreamConfig) error {
	switch {
	case is.Retention != jetstream.LimitsPolicy, is.MaxAge > 0, is.MaxMsgs > 0, is.MaxBytes > 0, is.MaxMsgsPerSubject > 0:
		return fmt.Errorf("%w: %s doesn't keep everything for ever: remove its limits of age, size and number", ErrStream, c.Name)
	case is.Storage != jetstream.FileStorage:
		return fmt.Errorf("%w: %s is in memory", ErrStream, c.Name)
	case is.PersistMode != jetstream.DefaultPersistMode:
		return fmt.Errorf("%w: %s acknowledges before it has written", ErrStream, c.Name)
	case is.Replicas < c.Replicas:
		return fmt.Errorf("%w: %s has %d replicas, and %d are wanted", ErrStream, c.Name, is.Replicas, c.Replicas)
	case is.NoAck, is.AllowRollup, is.AllowMsgTTL, is.Sealed:
		return fmt.Errorf("%w: %s doesn't acknowledge, is sealed, or lets entries be removed", ErrStream, c.Name)
	case is.MaxMsgSize > 0 && is.MaxMsgSize < entryMessage:
		return fmt.Errorf("%w: %s has a limit of %d bytes for a message, and at least %d are wanted", ErrStream, c.Name, is.MaxMsgSize, entryMessage)
	case is.Mirror != nil, !slices.Contains(is.Subjects, c.Subject):
		return fmt.Errorf("%w: %s hasn't the subject %s", ErrStream, c.Name, c.Subject)
	}
	return nil
}

// sighting is a stream as its servers described it.
type sighting struct {
	stream   jetstream.Stream
	identity int64
	last     uint64 // position of the last message
	replicas int
}

// identityOf tells one stream from another: when it was made, and how many of its messages are
// gone. One whose messages were removed is another one to who has read them.
func identityOf(info *jetstream.StreamInfo) int64 {
	return info.Created.UnixNano() - int64(info.State.LastSeq-info.State.Msgs)
}

// see asks for the stream, and makes it if there is none and create says so.
func (l *JetStream) see(ctx context.Context, create bool) (s sighting, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	s.stream, err = l.js.Stream(ctx, l.config.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if !create {
			return sighting{}, errUnsure
		}
		s.stream, err = l.js.CreateStream(ctx, l.config.wanted())
	}
	if err != nil {
		return sighting{}, fmt.Errorf("optout: the stream can't be reached: %w", err)
	}
	info := s.stream.CachedInfo()
	s.identity, s.last, s.replicas = identityOf(info), info.State.LastSeq, info.Config.Replicas
	return s, l.config.check(info.Config)
}

// find asks for the stream, makes it if there is none, and says whether it is the one that a copy
// is of, which ends at some places.
func (l *JetStream) find(ctx context.Context, identity int64, ends ...place) (s sighting, same bool, err error) {
	s, err = l.compare(ctx, identity, ends)
	if errors.Is(err, errOtherStream) {
		s, err = l.see(ctx, true)
		return s, false, err
	}
	return s, err == nil, err
}

// compare asks for the stream: errOtherStream if it isn't the one that a copy is of, which ends at
// some places.
func (l *JetStream) compare(ctx context.Context, identity int64, ends []place) (sighting, error) {
	s, err := l.compareOnce(ctx, identity, ends)
	if !errors.Is(err, errUnsure) {
		return s, err
	}
	select {
	case <-time.After(askAgain):
		return l.compareOnce(ctx, identity, ends)
	case <-ctx.Done():
		return sighting{}, ctx.Err()
	}
}

func (l *JetStream) compareOnce(ctx context.Context, identity int64, ends []place) (sighting, error) {
	s, err := l.see(ctx, false)
	if err != nil {
		return s, err
	}
	if err := sameIdentity(s.identity, identity); err != nil {
		return s, err
	}
	for _, end := range ends {
		if err := s.has(ctx, end); err != nil {
			return s, err
		}
	}
	return s, nil
}

// sameIdentity returns errOtherStream if two aren't the same: errUnsure, if it may be that somebody
// doesn't know yet how many messages are gone.
func sameIdentity(seen, known int64) error {
	switch later := seen - known; {
	case later == 0:
		return nil
	case known != 0 && later > 0 && later < int64(time.Second):
		return errUnsure
	}
	return errOtherStream
}

// has returns errUnsure if the stream hasn't the message with which a copy ends.
func (s *sighting) has(ctx context.Context, end place) error {
	switch {
	case end.position == 0:
		return nil
	case end.position > s.last:
		return errUnsure
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	message, err := s.stream.GetMsg(ctx, end.position)
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && message.Time.UnixNano() != end.sentNs {
		return errUnsure
	}
	return err
}
