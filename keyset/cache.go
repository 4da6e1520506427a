package keyset

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"golang.org/x/crypto/hkdf"

	"github.com/uid2rtb/uid2rtb/internal/atomicfile"
)

// ErrCache is wrapped by errors about a cache file that exists but can't be used, or that can't be
// written.
var ErrCache = errors.New("keyset: cache")

var errTooLarge = errors.New("too large")

// Cache describes the file in which a Refresher keeps the last good answer, so that a process can
// start while its operator is unreachable. The file is sealed: without Secret and Binding it can be
// neither read nor forged. Each successful refresh replaces it atomically, with mode 0600; its
// directory must exist, and be readable and writable. Processes with the same settings may share
// it.
//
// A file is used only if it opens, parses as a key answer of the right scope, and has a key that
// hasn't expired. A file that can't be used or written never stops a Refresher: the failure appears
// in Stats and in the log.
type Cache struct {
	// Path is the path of the file.
	Path string
	// Secret protects the file: at least 16 bytes. The client secret of the operator
	// credentials is the natural choice.
	Secret []byte
	// Binding is what the file belongs to, such as the operator's URL and the API key: a file
	// written with another Binding is refused. It isn't stored.
	Binding string
	// Again, if not nil, returns the Secret and the Binding to write the next file under, as
	// credentials may be replaced while the process runs. It must not wait.
	Again func() (secret []byte, binding string)
}

// String returns a placeholder.
func (c Cache) String() string { return "[keyset cache]" }

// Format writes what String returns, for every verb.
func (c Cache) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue returns what String returns.
func (c Cache) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText returns what String returns.
func (c Cache) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// The layout of the file:
//
//	magic(8) || version(1) || saved at, Unix ms(8) || IV(12) || AES-256-GCM( answer ) || tag(16)
//
// The first three are the cipher's additional data. Its key is HKDF-SHA256 of Secret without salt,
// with cacheInfo and Binding as info: the key is specific to this purpose, so the secret may be
// used elsewhere too.
const (
	cacheMagic   = "uid2keys"
	cacheVersion = 1
	cacheInfo    = "uid2rtb keyset cache, format 1\x00"
	cacheHeader  = len(cacheMagic) + 1 + 8
	cacheIV      = 12
	cacheTag     = 16
	minSecret    = 16
	maxCacheSize = 64 << 20
)

// cacheFile is a Cache with its cipher prepared.
type cacheFile struct {
	path  string
	aead  cipher.AEAD
	again func() (secret []byte, binding string) // nil if the cipher stays as it is
}

func newCacheFile(c Cache) (*cacheFile, error) {
	switch {
	case c.Path == "":
		return nil, fmt.Errorf("%w: no path", ErrCache)
	case len(c.Secret) < minSecret:
		return nil, fmt.Errorf("%w: the secret is shorter than %d bytes", ErrCache, minSecret)
	}
	aead, err := cacheCipher(c)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCache, err)
	}
	return &cacheFile{c.Path, aead, c.Again}, nil
}

func cacheCipher(c Cache) (cipher.AEAD, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(hkdf.New(sha256.New, c.Secret, nil, []byte(cacheInfo+c.Binding)), key); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// rekey prepares the cipher for the next file.
func (c *cacheFile) rekey() error {
	if c.again == nil {
		return nil
	}
	secret, binding := c.again()
	next, err := newCacheFile(Cache{Path: c.path, Secret: secret, Binding: binding})
	if err == nil {
		c.aead = next.aead
	}
	return err
}

// load returns the answer in the file and the time it was saved.
func (c *cacheFile) load() (answer []byte, savedAt time.Time, err error) {
	file, err := c.read()
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("%w: %w", ErrCache, err)
	}
	if len(file) < cacheHeader+cacheIV+cacheTag || string(file[:len(cacheMagic)]) != cacheMagic {
		return nil, time.Time{}, fmt.Errorf("%w: not a cache file, or cut off", ErrCache)
	}
	if version := file[len(cacheMagic)]; version != cacheVersion {
		return nil, time.Time{}, fmt.Errorf("%w: unknown format version %d", ErrCache, version)
	}
	header, sealed := file[:cacheHeader], file[cacheHeader:]
	answer, err = c.aead.Open(nil, sealed[:cacheIV], sealed[cacheIV:], header)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("%w: written under other credentials, or damaged", ErrCache)
	}
	ms := binary.BigEndian.Uint64(header[len(cacheMagic)+1:])
	return answer, time.UnixMilli(int64(ms)), nil
}

func (c *cacheFile) read() ([]byte, error) {
	info, err := os.Stat(c.path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for a writer
		return nil, errors.New("not a regular file")
	}
	if info.Size() > maxCacheSize {
		return nil, errTooLarge
	}
	f, err := os.Open(c.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxCacheSize))
}

// save replaces the file atomically: a reader, or a process that starts after a crash, finds the
// old file or the new one.
func (c *cacheFile) save(answer []byte, now time.Time) error {
	if len(answer) > maxCacheSize-cacheHeader-cacheIV-cacheTag {
		return fmt.Errorf("%w: %w", ErrCache, errTooLarge)
	}
	file := make([]byte, 0, cacheHeader+cacheIV+len(answer)+cacheTag)
	file = append(file, cacheMagic...)
	file = append(file, cacheVersion)
	file = binary.BigEndian.AppendUint64(file, uint64(now.UnixMilli()))
	iv := make([]byte, cacheIV) // random: a file is written once an hour, far below 2^32 times under one key
	rand.Read(iv)
	file = append(file, iv...)
	file = c.aead.Seal(file, iv, answer, file[:cacheHeader])
	if err := atomicfile.Write(c.path, file); err != nil {
		return fmt.Errorf("%w: %w", ErrCache, err)
	}
	return nil
}

// openCache takes the answer of the cache into use if it is good.
func (r *Refresher) openCache(file *cacheFile) {
	r.cache = file
	answer, savedAt, err := file.load()
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var cached *Snapshot
	if err == nil {
		if cached, err = r.judge(answer); err != nil {
			err = fmt.Errorf("%w: %w", ErrCache, err)
		}
	}
	if err != nil {
		r.cacheFailed(err)
		return
	}
	r.current.Store(cached)
	r.stats.FetchedAt, r.stats.FromCache = savedAt, true
	r.config.log.Info("keyset: keys loaded from the cache file", "held", cached, "saved", savedAt)
}

// save writes the answer that was just put to use.
func (r *Refresher) save(answer []byte, now time.Time) {
	if r.cache == nil {
		return
	}
	err := r.cache.rekey()
	if err == nil {
		err = r.cache.save(answer, now)
	}
	if err != nil {
		r.cacheFailed(err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.CacheWrites++
	r.stats.CacheError = nil
}

// cacheFailed counts a failure, and logs it unless it repeats the last one.
func (r *Refresher) cacheFailed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.CacheFailures++
	if r.stats.CacheError == nil || r.stats.CacheError.Error() != err.Error() {
		r.config.log.Warn("keyset: the cache file can't be used", "error", err.Error())
	}
	r.stats.CacheError = err
}
