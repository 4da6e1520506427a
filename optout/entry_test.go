package optout

import (
	"bytes"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// TestEntryBytes: an entry is 48 or 49 bytes, and no other size is valid.
func TestEntryBytes(t *testing.T) {
	for size := range 64 {
		b := bytes.Repeat([]byte{3}, size)
		e, err := parseEntry(b)
		if whole := size == 48 || size == 49; (err == nil) != whole || !whole && (!errors.Is(err, ErrEntry) || e != (Entry{})) {
			t.Errorf("%d bytes: %v, %v", size, e, err)
		} else if whole && !bytes.Equal(e.append(nil), b) {
			t.Errorf("%d bytes: %x", size, e.append(nil))
		}
	}
	e := Entry{*alike(t, 1, 33), 0x0102, 0x0304}
	const head = "0000000000000102" + "0000000000000304"
	if got := hex.EncodeToString(e.append([]byte("x"))); got[:2+len(head)] != "78"+head || len(got) != 2*(1+49) {
		t.Error(got)
	}
	if again, err := parseEntry(e.append(nil)); again != e || err != nil {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestEntryInALog: an entry is logged only as the time of the opt-out.
func TestEntryInALog(t *testing.T) {
	var out strings.Builder
	slog.New(slog.NewTextHandler(&out, nil)).Info("one", "entry", Entry{UID: *alike(t, 1, 32), SinceMs: 123})
	if !strings.Contains(out.String(), `entry="[opt-out since 123]"`) {
		t.Error(out.String())
	}
}
