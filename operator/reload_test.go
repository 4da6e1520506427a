package operator_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/operator"
)

// stranger is a certificate of nobody, in PEM.
func stranger(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// A CA file may be replaced while the client runs; what can't be one changes nothing.
func TestReloadOfCAFile(t *testing.T) {
	f, right := secure(t)
	good, err := os.ReadFile(right)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, stranger(t), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, f.URL, operator.WithCAFile(file), operator.WithMaxAttempts(1))
	for _, step := range []struct {
		name    string
		pem     []byte // nil: the file is gone
		ok      bool
		trouble error
	}{
		{"a stranger's", stranger(t), false, nil},
		{"the right one", good, true, nil},
		{"nothing", []byte{}, true, operator.ErrOption},
		{"gone", nil, true, fs.ErrNotExist},
		{"the right one again", good, true, nil},
		{"another", stranger(t), false, nil},
	} {
		change := func() error { return os.WriteFile(file, step.pem, 0o600) }
		if step.pem == nil {
			change = func() error { return os.Remove(file) }
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.BidstreamKeys(context.Background()); (err == nil) != step.ok {
			t.Errorf("%s: %v", step.name, err)
		}
		if err := c.ReloadErr(); !errors.Is(err, step.trouble) || (err == nil) != (step.trouble == nil) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
}

// The proxy may change from one attempt to the next; an address that is none changes nothing.
func TestReloadOfProxy(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, "keys") })
	one, two := newProxy(t, f.Listener.Addr().String()), newProxy(t, f.Listener.Addr().String())
	one.Start()
	two.Start()
	with := func(p *proxy, user string) string { return strings.Replace(p.URL, "//", "//"+user+":canary@", 1) }
	address, fault := with(one, "first"), error(nil)
	read := func() (string, error) { return address, fault }
	c := newClient(t, "http://operator.invalid", operator.WithProxyFrom(read), operator.WithMaxAttempts(1))
	gone := errors.New("no such file")
	for _, step := range []struct {
		name, address string
		fault         error
		through       *proxy
		trouble       error
	}{
		{"at first", address, nil, one, nil},
		{"another proxy", with(two, "first"), nil, two, nil},
		{"another user", with(two, "second"), nil, two, nil},
		{"gone", "", gone, two, gone},
		{"no address", "ftp://me:canary@nowhere", nil, two, operator.ErrOption},
		{"back", with(one, "second"), nil, one, nil},
	} {
		address, fault = step.address, step.fault
		before := step.through.saw()
		if _, err := c.BidstreamKeys(context.Background()); err != nil || step.through.saw() == before {
			t.Errorf("%s: %v, through %s", step.name, err, step.through.saw())
		}
		if err := c.ReloadErr(); !errors.Is(err, step.trouble) || (err == nil) != (step.trouble == nil) || err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	if _, err := operator.New("http://operator.invalid", credentials(t), operator.WithProxyFrom(func() (string, error) { return "", gone })); !errors.Is(err, gone) || !errors.Is(err, operator.ErrOption) {
		t.Error(err)
	}
}
