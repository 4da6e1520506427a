package codec

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"unsafe"
)

// KeySize is the size of a key's secret in bytes.
const KeySize = 32

// ErrKeySize says that a secret doesn't have [KeySize] bytes. (16 or 24 would silently select a weaker cipher.)
var ErrKeySize = errors.New("codec: the secret of a key must have 32 bytes")

// Key is a master or site key, ready for use: its ciphers are prepared once, here, and not per token. It is immutable and
// safe for concurrent use. It prints, marshals and logs as its id.
//
// A Key takes about 700 bytes of memory, 2 kB if tokens are made with it, and 1.3 to 2 kB on processors that codec has no code for.
type Key struct {
	id uint32
	// of its ciphers; nil in a free slot of a KeyTable. Package fmt, which follows an ordinary pointer for verbs that don't fit,
	// doesn't follow this one to the secret.
	pointer unsafe.Pointer
}

func (k *Key) ciphers() *ciphers { return (*ciphers)(k.pointer) }

// NewKey prepares the key with this id and a secret of [KeySize] bytes, or returns [ErrKeySize]. It keeps no reference to
// secret.
func NewKey(id uint32, secret []byte) (*Key, error) {
	if len(secret) != KeySize {
		return nil, ErrKeySize
	}
	ciphers, err := newCiphers(secret)
	if err != nil {
		return nil, fmt.Errorf("codec: preparing key %d: %w", id, err)
	}
	return &Key{id, unsafe.Pointer(ciphers)}, nil
}

// ID returns the id that tokens name the key by.
func (k Key) ID() uint32 { return k.id }

// String returns the key's id, as in "[key 5001]".
func (k Key) String() string { return "[key " + strconv.FormatUint(uint64(k.id), 10) + "]" }

// GoString returns what String does.
func (k Key) GoString() string { return k.String() }

// Format writes what String returns, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { redact(f, k.String()) }

// MarshalText returns what String does.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// LogValue returns what String does.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
