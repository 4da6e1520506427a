package advice_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

func TestForm(t *testing.T) {
	_, missing := os.ReadFile("no such file")
	err := fmt.Errorf("keyset: %w", advice.Wrap("the keys can't be read", missing, "check the path"))
	var text strings.Builder
	advice.Print(&text, "uid2", err, advice.Of(err))
	if want := "uid2: the keys can't be read: no such file: there is no such file\n  what to do: check the path\n"; text.String() != want {
		t.Errorf("%q", text.String())
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	text.Reset()
	advice.Warn(&text, "uid2", "two\nlines", "this\n")
	if want := "uid2: warning: two; lines\n  what to do: this\n"; text.String() != want {
		t.Errorf("%q", text.String())
	}
}

// TestOf: the outermost advice counts, as it knows most.
func TestOf(t *testing.T) {
	inner := advice.New("what", "why", "inner")
	for want, err := range map[string]error{
		"inner": advice.Wrap("outer", inner, ""),
		"outer": advice.Wrap("outer", inner, "outer"),
		"":      errors.New("unknown"),
	} {
		if got := advice.Of(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if advice.Wrap("what", nil, "do") != nil {
		t.Error("no error is one")
	}
}

func TestText(t *testing.T) {
	_, number := strconv.Atoi("x")
	_, when := time.Parse(time.RFC3339, "today")
	_, directory := os.ReadFile(t.TempDir())
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port := net.Listen("tcp", taken.Addr().String())
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("optout: no: %w", errors.New("operator: why")), "no: why"},
		{errors.New("operator: impossible option: the timeout"), "the timeout"},
		{fmt.Errorf("-n: %w", number), "-n: it isn't a number"},
		{fmt.Errorf("-at: %w", when), "-at: it isn't a time"},
		{errors.Join(errors.New("a"), errors.New("b")), "a; b"},
		{errors.Join(number, number), "it isn't a number; it isn't a number"},
		{directory, "it is a directory"},
		{port, taken.Addr().String() + ": another process has this port"},
	} {
		if got := advice.Text(c.err); !strings.HasSuffix(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"decrypt", "encrypt", "keys", "map", "v", "keys-file"}
	for typed, want := range map[string]string{
		"decript": "decrypt", "kyes": "keys", "key": "keys", "encrytp": "encrypt", "keysfile": "keys-file", "mpa": "map",
		"nonsense": "", "x": "", "": "", "optout": "",
	} {
		if got := advice.Nearest(typed, words); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
