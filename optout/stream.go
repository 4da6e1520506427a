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

// ErrStream: the stream doesn't have the properties that a fleet's log needs.
var ErrStream = errors.New("optout: unusable stream")

var (
	// errOtherStream: the stream isn't the one that this node's copy is of, or lacks a part of
	// it.
	errOtherStream = errors.New("optout: the stream has lost messages; the nodes publish theirs again")
	// errUnsure: the same, but perhaps only because a server that has just become the stream's
	// leader doesn't have all of it yet.
	errUnsure = fmt.Errorf("%w, it seems", errOtherStream)
)

const (
	// askTimeout is how long the servers may take to answer a request for the state of the
	// stream.
	askTimeout = 2 * time.Second
	// askAgain is how long to wait before errUnsure is taken to be true.
	askAgain = 500 * time.Millisecond
)

// StreamConfig names the stream that a fleet shares. All nodes must have the same.
type StreamConfig struct {
	Name     string // default OPTOUTS
	Subject  string // default uid2.optouts
	Replicas int    // servers that keep each entry, 1 to 5; default 1
}

// maxReplicas is how many servers NATS lets keep a stream.
const maxReplicas = 5

// possible refuses what no server would take, so that a node doesn't wait for it for ever.
func (c StreamConfig) possible() error {
	switch c = c.WithDefaults(); {
	case c.Replicas < 1 || c.Replicas > maxReplicas:
		return fmt.Errorf("%w: %d replicas of the stream: 1 to %d are possible", ErrOption, c.Replicas, maxReplicas)
	case strings.ContainsAny(c.Name, " \t\r\n\f.*>/\\"):
		return fmt.Errorf("%w: the name of the stream has a space, or one of . * > / \\", ErrOption)
	case strings.ContainsAny(c.Subject, " \t\r\n\f*>"), slices.Contains(strings.Split(c.Subject, "."), ""):
		return fmt.Errorf("%w: the subject of the stream isn't words between dots, or has a wildcard", ErrOption)
	}
	return nil
}

// WithDefaults returns a StreamConfig in which nothing is left to the default.
func (c StreamConfig) WithDefaults() StreamConfig {
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

// wanted returns the configuration with which the log creates the stream.
func (c StreamConfig) wanted() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: c.Name, Subjects: []string{c.Subject}, Replicas: c.Replicas, MaxMsgSize: maxMessage,
		Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, DenyDelete: true, DenyPurge: true,
	}
}

const (
	// maxMessage is the maximum size of a message in a stream that the log created, so that
	// others can't fill it with large ones.
	maxMessage = 1 << 10
	// entryMessage is more than the size of an entry with its header.
	entryMessage = 1 << 8
)

// check refuses an existing stream that would forget entries, or not receive ours.
func (c StreamConfig) check(is jetstream.StreamConfig) error {
	switch {
	case is.Retention != jetstream.LimitsPolicy, is.MaxAge > 0, is.MaxMsgs > 0, is.MaxBytes > 0, is.MaxMsgsPerSubject > 0:
		return fmt.Errorf("%w: %s doesn't keep everything for ever: remove its limits of age, size and number", ErrStream, c.Name)
	case is.Storage != jetstream.FileStorage:
		return fmt.Errorf("%w: %s is stored in memory", ErrStream, c.Name)
	case is.PersistMode != jetstream.DefaultPersistMode:
		return fmt.Errorf("%w: %s acknowledges before it has written", ErrStream, c.Name)
	case is.Replicas < c.Replicas:
		return fmt.Errorf("%w: %s has %d replicas, but needs %d", ErrStream, c.Name, is.Replicas, c.Replicas)
	case is.NoAck, is.AllowRollup, is.AllowMsgTTL, is.Sealed:
		return fmt.Errorf("%w: %s doesn't acknowledge, is sealed, or lets entries be removed", ErrStream, c.Name)
	case is.MaxMsgSize > 0 && is.MaxMsgSize < entryMessage:
		return fmt.Errorf("%w: %s has a limit of %d bytes per message, but needs at least %d", ErrStream, c.Name, is.MaxMsgSize, entryMessage)
	case is.Mirror != nil, !slices.Contains(is.Subjects, c.Subject):
		return fmt.Errorf("%w: %s doesn't have the subject %s", ErrStream, c.Name, c.Subject)
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

// identityOf returns a value that identifies a stream: when it was created, and how many of its
// messages are gone. A stream from which messages were removed counts as another one.
func identityOf(info *jetstream.StreamInfo) int64 {
	return info.Created.UnixNano() - int64(info.State.LastSeq-info.State.Msgs)
}

// see requests the state of the stream, and creates it if there is none and create is set.
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

// find is like compare, but if the stream isn't the one that the copy is of, it returns the actual
// one, which it creates if there is none, and false.
func (l *JetStream) find(ctx context.Context, identity int64, ends ...place) (s sighting, same bool, err error) {
	s, err = l.compare(ctx, identity, ends)
	if errors.Is(err, errOtherStream) {
		s, err = l.see(ctx, true)
		return s, false, err
	}
	return s, err == nil, err
}

// compare requests the state of the stream. It returns errOtherStream if that isn't the one that a
// copy is of, which ends at these places.
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

// sameIdentity returns errOtherStream if the two identities differ, or errUnsure if the difference
// may come from a server that doesn't know yet how many messages are gone.
func sameIdentity(seen, known int64) error {
	switch later := seen - known; {
	case later == 0:
		return nil
	case known != 0 && later > 0 && later < int64(time.Second):
		return errUnsure
	}
	return errOtherStream
}

// has returns errUnsure if the stream doesn't have the message with which a copy ends.
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
