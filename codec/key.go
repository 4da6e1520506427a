package codec

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"unsafe"
)

// KeySize is the size of a key's secret, in bytes.
const KeySize = 32

// ErrKeySize is returned for a secret that isn't [KeySize] bytes long. (16 or 24 bytes would
// silently select a weaker cipher.)
var ErrKeySize = errors.New("codec: the secret of a key must have 32 bytes")

// Key is a master key or a site key, ready for use: its ciphers are set up once, by NewKey, and not
// per token. It is immutable and safe for concurrent use. It prints, marshals and logs as its id.
//
// A Key takes about 700 bytes of memory, 900 in a KeyTable, 2 kB once tokens are sealed with it, and
// 1.3 to 2 kB on processors for which codec has no code of its own.
type Key struct {
	id uint32
	// pointer refers to the key's ciphers; nil in a free slot of a KeyTable. It is an
	// unsafe.Pointer because package fmt, which follows an ordinary pointer for verbs that
	// don't fit, doesn't follow this one to the secret.
	pointer unsafe.Pointer
}

func (k *Key) ciphers() *ciphers { return (*ciphers)(k.pointer) }

// NewKey prepares the key with this id and a secret of [KeySize] bytes. Any other size is
// [ErrKeySize]. It keeps no reference to secret.
func NewKey(id uint32, secret []byte) (*Key, error) {
	if len(secret) != KeySize {
		return nil, ErrKeySize
	}
	ciphers, err := newCiphers(secret)
	if err != nil {
		return nil, preparing(id, err)
	}
	return &Key{id, unsafe.Pointer(ciphers)}, nil
}

func preparing(id uint32, err error) error { return fmt.Errorf("codec: preparing key %d: %w", id, err) }

// ID returns the id by which tokens refer to the key.
func (k Key) ID() uint32 { return k.id }

// String returns the key's id, as in "[key 5001]".
func (k Key) String() string { return "[key " + strconv.FormatUint(uint64(k.id), 10) + "]" }

// GoString returns what String returns.
func (k Key) GoString() string { return k.String() }

// Format writes what String returns, for every verb.
func (k Key) Format(f fmt.State, _ rune) { redact(f, k.String()) }

// MarshalText returns what String returns.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// LogValue returns what String returns.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
