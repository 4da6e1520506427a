package annotator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// startStore builds an annotator with more settings of opt_outs, and with a log, to be read when it is closed.
func startStore(t *testing.T, file, settings string) (*annotator.Annotator, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	section := fmt.Sprintf(`{"uid2":%s,"bidders":[{"name":"dsp"}],"opt_outs":{"store":%q%s}}`, operatorWith(""), file, settings)
	return start(t, section, annotator.WithLogger(slog.New(slog.NewTextHandler(log, nil)))), log
}

// unfed is logged where nothing brings opt-outs.
const unfed = `; level=WARN msg="nothing feeds the store of opt-outs: raw UIDs of users who opt out go on being sent; set listen, nats or poll"`

// What is logged of the reading of a store: that it was read, and from what, that a snapshot isn't used, or that it can't be
// read; nothing if it is closed before.
func TestReadingOfTheStoreIsLogged(t *testing.T) {
	server := startServer(t)
	file := filepath.Join(t.TempDir(), "optouts.db")
	logOf := func(then func(*annotator.Annotator)) string {
		t.Helper()
		a, log := startStore(t, file, "")
		then(a)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		return logged(log, "opt-outs")
	}
	synced := func(a *annotator.Annotator) {
		t.Helper()
		if err := a.OptOuts().WaitSynced(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	check("a new file", logOf(synced), `level=INFO msg="the opt-outs are read" users=0 from_snapshot=0`+unfed)
	logOf(func(a *annotator.Annotator) {
		synced(a)
		for _, user := range []string{"a@example.com", "b@example.com"} {
			if err := a.OptOuts().Record(context.Background(), server.RawUID(uid2test.TokenSpec{Email: user}), 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.OptOuts().Snapshot(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
	check("a snapshot", logOf(synced), `level=INFO msg="the opt-outs are read" users=2 from_snapshot=2`+unfed)
	if err := os.WriteFile(file+".index", []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	check("a damaged snapshot", logOf(synced), `level=WARN msg="the snapshot of the opt-outs was not used; the log was read instead" error="optout: the snapshot can't be trusted: unexpected EOF"; `+
		`level=INFO msg="the opt-outs are read" users=2 from_snapshot=0`+unfed)

	damageFirst(t, file)
	check("a damaged entry", logOf(func(a *annotator.Annotator) {
		if err := a.OptOuts().WaitSynced(context.Background()); err == nil {
			t.Error("a damaged entry was read")
		}
	}), `level=ERROR msg="the opt-outs can't be read; raw UIDs are withheld" error="optout: the log is damaged (uid2 optout verify says what is wrong, uid2 optout repair keeps what is whole): entry 1, at byte 64: its checksum is wrong"`)
}

// damageFirst changes a bit of the first entry, and puts so many behind it that a start doesn't see it at once.
func damageFirst(t *testing.T, file string) {
	t.Helper()
	log, err := optout.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	user := uid2test.NewUnstartedServer().RawUID(uid2test.TokenSpec{Email: "a@example.com"})
	entries := slices.Repeat([]optout.Entry{{UID: user, SinceMs: 1, ReceivedMs: 1}}, 5000)
	if err := errors.Join(log.AppendAll(context.Background(), entries), log.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text[100] ^= 1 // cells have 64 bytes, and the first one is a header
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A node that ends while it waits for the fleet says nothing of it.
func TestFleetThatNeverComes(t *testing.T) {
	a, log := startStore(t, filepath.Join(t.TempDir(), "optouts.db"), `,"nats":{"urls":"nats://127.0.0.1:1"}`)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); strings.Contains(text, "read") {
		t.Error(text)
	}
	if err := a.OptOuts().WaitSynced(context.Background()); err == nil {
		t.Error("it is synced")
	}
}

// slowLog takes its time, and says when it is done.
type slowLog struct {
	slog.Handler
	done *atomic.Bool
}

func (l slowLog) Handle(context.Context, slog.Record) error {
	time.Sleep(20 * time.Millisecond)
	l.done.Store(true)
	return nil
}

// Close returns when nothing is being logged any more.
func TestCloseWaitsForTheLog(t *testing.T) {
	var done atomic.Bool
	section := fmt.Sprintf(`{"uid2":%s,"opt_outs":{"store":%q}}`, operatorWith(""), filepath.Join(t.TempDir(), "optouts.db"))
	a := start(t, section, annotator.WithLogger(slog.New(slowLog{slog.NewTextHandler(io.Discard, nil), &done})))
	if err := a.OptOuts().WaitSynced(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if !done.Load() {
		t.Error("the reading of the opt-outs is being logged")
	}
}
