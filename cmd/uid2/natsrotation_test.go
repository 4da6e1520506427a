package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// issuer signs claims of NATS, as an operator, an account or a user.
type issuer struct {
	nkeys.KeyPair
	public string
}

func newIssuer(t *testing.T, make func() (nkeys.KeyPair, error)) issuer {
	t.Helper()
	pair, err := make()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return issuer{pair, public}
}

// claim returns the signed claim that subject has these rights until then.
func (i issuer) claim(t *testing.T, subject string, until time.Time, rights map[string]any) string {
	t.Helper()
	rights["version"] = 2
	claims := map[string]any{"jti": subject, "iat": time.Now().Unix(), "iss": i.public, "sub": subject, "name": "test", "nats": rights}
	if !until.IsZero() {
		claims["exp"] = until.Unix()
	}
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"ed25519-nkey"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	signature, err := i.Sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// credentials returns the file of a new user of an account.
func (i issuer) credentials(t *testing.T, until time.Time) string {
	t.Helper()
	user := newIssuer(t, nkeys.CreateUser)
	seed, err := user.Seed()
	if err != nil {
		t.Fatal(err)
	}
	claim := i.claim(t, user.public, until, map[string]any{"type": "user", "pub": map[string]any{}, "sub": map[string]any{}, "subs": -1, "data": -1, "payload": -1})
	return fmt.Sprintf("-----BEGIN NATS USER JWT-----\n%s\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n", claim, seed)
}

// accounts returns the configuration of a server that knows users by what an account signed, and
// that account.
func accounts(t *testing.T) (config string, account issuer) {
	t.Helper()
	operator, system := newIssuer(t, nkeys.CreateOperator), newIssuer(t, nkeys.CreateAccount)
	account = newIssuer(t, nkeys.CreateAccount)
	limits := func(disk int) map[string]any {
		return map[string]any{"type": "account", "limits": map[string]any{
			"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
			"mem_storage": disk, "disk_storage": disk, "streams": disk, "consumer": disk,
		}}
	}
	return fmt.Sprintf("operator: %s\nsystem_account: %s\nresolver: MEMORY\nresolver_preload: {\n%s: %s\n%s: %s\n}\n",
		operator.claim(t, operator.public, time.Time{}, map[string]any{"type": "operator", "system_account": system.public}), system.public,
		system.public, operator.claim(t, system.public, time.Time{}, limits(0)), account.public, operator.claim(t, account.public, time.Time{}, limits(-1))), account
}

// TestOptOutNATSCredentials: the credentials of a fleet's node end while it runs, and the file has
// new ones by then. A node reads them for each connection, and goes on; one whose file stayed as it
// was is away.
func TestOptOutNATSCredentials(t *testing.T) {
	config, account := accounts(t)
	cluster := natstest.Start(t, 1, natstest.Options{Config: config})
	raw := uid2test.NewUnstartedServer()
	end := time.Now().Add(8 * time.Second) // both nodes have connected long before
	type node struct {
		addr, ready, file string
		lines             <-chan string
		stop              func() int
	}
	var nodes []node
	for range 2 {
		dir := t.TempDir()
		file := filepath.Join(dir, "user.creds")
		if err := os.WriteFile(file, []byte(account.credentials(t, end)), 0o600); err != nil {
			t.Fatal(err)
		}
		lines, stop := serve(t, "-store", filepath.Join(dir, "optouts.db"), "-unauthenticated", "-nats-urls", cluster.URLs(), "-nats-credentials", file, "-metrics", "127.0.0.1:0")
		addr, metrics := after(t, lines, "listening at "), after(t, lines, "metrics at ")
		nodes = append(nodes, node{addr, strings.Replace(metrics, "/metrics", "/readyz", 1), file, lines, stop})
	}
	for _, n := range nodes {
		after(t, n.lines, "0 users have opted out")
		go func() { // what else it says, it shall not wait with
			for range n.lines {
			}
		}()
	}
	if err := os.WriteFile(nodes[0].file, []byte(account.credentials(t, time.Time{})), 0o600); err != nil {
		t.Fatal(err)
	}
	away := func(n node) bool { return strings.Contains(fetch(t, n.ready), `"code":"stream_away"`) }
	for deadline := time.Now().Add(30 * time.Second); !away(nodes[1]); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the old credentials are good for ever")
		}
	}
	sent := 0
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) { // as the service repeats what is answered 503
		sent++
		if got := webhook(t, nodes[0].addr, raw.RawUID(uid2test.TokenSpec{Email: "out@example.com"}).Reveal(), "", ""); got == 200 {
			break
		} else if got != 503 || time.Now().After(deadline) {
			t.Fatalf("with new credentials: %d", got)
		}
	}
	t.Logf("taken after %d requests", sent)
	if got := webhook(t, nodes[1].addr, raw.RawUID(uid2test.TokenSpec{Email: "other@example.com"}).Reveal(), "", ""); got != 503 {
		t.Errorf("with old credentials: %d", got)
	}
	if err := os.WriteFile(nodes[1].file, []byte(account.credentials(t, time.Time{})), 0o600); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); away(nodes[1]); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it stays away with new credentials")
		}
	}
	for _, n := range nodes {
		if code := n.stop(); code != exitOK {
			t.Errorf("exit code %d", code)
		}
	}
}
