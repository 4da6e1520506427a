package optout_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var natsCommand = flag.String("fleet-nats", "", "path of the command nats, with which TestFleetRestoresItsStream then backs up and restores")

// saved is a back-up of the stream.
type saved struct {
	Config json.RawMessage `json:"config"`
	State  json.RawMessage `json:"state"`
	chunks [][]byte
	dir    string // of one that the command nats made
}

// backupStream backs up the stream, as nats stream backup does.
func backupStream(t *testing.T, c *cluster) (b saved) {
	t.Helper()
	if *natsCommand != "" {
		b.dir = filepath.Join(t.TempDir(), "backup")
		runNats(t, c, "stream", "backup", "OPTOUTS", b.dir)
		return b
	}
	conn := c.connect(t).Conn()
	inbox := conn.NewInbox()
	chunks, err := conn.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	defer chunks.Unsubscribe()
	ask(t, conn, "$JS.API.STREAM.SNAPSHOT.OPTOUTS", fmt.Appendf(nil, `{"deliver_subject": %q}`, inbox), &b)
	for {
		chunk, err := chunks.NextMsg(20 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if len(chunk.Data) == 0 {
			return b
		}
		b.chunks = append(b.chunks, chunk.Data)
		if chunk.Reply == "" {
			continue
		}
		if err := chunk.Respond(nil); err != nil {
			t.Fatal(err)
		}
	}
}

// restoreStream restores it, as nats stream restore does.
func restoreStream(t *testing.T, c *cluster, b saved) {
	t.Helper()
	if b.dir != "" {
		runNats(t, c, "stream", "restore", b.dir)
		return
	}
	conn := c.connect(t).Conn()
	request, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var to struct {
		Subject string `json:"deliver_subject"`
	}
	ask(t, conn, "$JS.API.STREAM.RESTORE.OPTOUTS", request, &to)
	for _, chunk := range append(b.chunks, nil) {
		ask(t, conn, to.Subject, chunk, nil)
	}
}

// ask sends a request to JetStream, which must succeed. A server hears late that another one
// listens at a subject: so long as nobody responds, nobody has got the request.
func ask(t *testing.T, conn *nats.Conn, subject string, request []byte, answer any) {
	t.Helper()
	var message *nats.Msg
	var err error
	waitFor(t, func() bool {
		message, err = conn.Request(subject, request, 20*time.Second)
		return !errors.Is(err, nats.ErrNoResponders)
	})
	if err != nil {
		t.Fatal(err)
	}
	var failed struct {
		Error *jetstream.APIError `json:"error"`
	}
	if len(message.Data) > 0 {
		if err := json.Unmarshal(message.Data, &failed); err != nil {
			t.Fatal(err)
		}
	}
	if failed.Error != nil {
		t.Fatal(failed.Error)
	}
	if answer != nil {
		if err := json.Unmarshal(message.Data, answer); err != nil {
			t.Fatal(err)
		}
	}
}

func runNats(t *testing.T, c *cluster, args ...string) {
	t.Helper()
	run := exec.Command(*natsCommand, append([]string{"--server", c.URLs(), "--timeout", "20s"}, args...)...)
	run.Env = append(os.Environ(), "HOME="+t.TempDir())
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestFleetRestoresItsStream: all servers lose their disks, and the stream is restored from a
// back-up that was made while opt-outs came in. New ones get the numbers of those that the back-up
// lacks. A node whose copy is ahead of the back-up gives the stream what that lacks, and learns of
// the new ones before it is synced.
func TestFleetRestoresItsStream(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)
	nodes, files := c.fleetOf(t, 2, 3)
	f := flow(t, nodes...)
	f.more(20)
	b := backupStream(t, c)
	f.more(20)
	f.cancel()
	f.sending.Wait()
	acked := int(f.acked.Load())
	agree(t, 0, acked, nodes...)
	for _, s := range nodes {
		f.remove(s)
	}
	for i := range 3 {
		c.Kill(i)
		c.wipe(t, i)
	}
	for i := range 3 {
		c.Start(i)
	}
	waitFor(t, func() bool { return ready(c.connect(t)) })
	restoreStream(t, c, b)
	other := c.node(t, path(t), 3)
	synced(t, other)
	recordAll(t, other, acked, acked+acked)
	ahead := c.node(t, files[0], 3)
	defer neverWrong(t, ahead, 2*acked)()
	synced(t, ahead)
	if ahead.Stats().Refilled == 0 {
		t.Error("it had nothing that the back-up lacks")
	}
	agree(t, 0, 2*acked, ahead, other)
	fresh := c.node(t, path(t), 3)
	synced(t, fresh)
	agree(t, 0, 2*acked, fresh)
}

// ready reports whether the servers would take a stream.
func ready(admin jetstream.JetStream) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := admin.AccountInfo(ctx)
	return err == nil
}

// TestFleetRestoresAStore: a node's files are replaced by a copy that was made while it was closed.
// It is synced when it has got the rest from the stream. The snapshot of the newer store must go.
func TestFleetRestoresAStore(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 1)
	file := path(t)
	other, s := c.node(t, path(t), 1), c.node(t, file, 1)
	synced(t, other)
	synced(t, s)
	recordAll(t, s, 0, 20)
	s.Close()
	old := stateOf(t, file)
	s = c.node(t, file, 1)
	recordAll(t, other, 20, 40)
	synced(t, s)
	agree(t, 20, 40, s)
	snapshot(t, s)
	s.Close()
	if err := os.Remove(file + ".index"); err != nil {
		t.Fatal(err)
	}
	old.write(t, file)
	s = c.node(t, file, 1)
	defer neverWrong(t, s, 40)()
	synced(t, s)
	agree(t, 0, 40, s)
}
