package optout_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/optout"
)

// TestServers: settings that can't work, whatever state the servers are in, are refused at once,
// with the reason and without the URL.
func TestServers(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		servers optout.Servers
		says    string
	}{
		{optout.Servers{URLs: ""}, "URL 1: it is empty"},
		{optout.Servers{URLs: "nats://127.0.0.1:4222,"}, "URL 2: it is empty"},
		{optout.Servers{URLs: "http://me:canary@127.0.0.1:4222"}, "no http://, but nats://"},
		{optout.Servers{URLs: "https://me:canary@127.0.0.1:4222"}, "no https://"},
		{optout.Servers{URLs: "nats://me:canary@127.0.0.1:port"}, "can't be read"},
		{optout.Servers{URLs: "nats://me:canary@:4222"}, "no host"},
		{optout.Servers{URLs: "nats://127.0.0.1:4222/canary"}, "a path"},
		{optout.Servers{URLs: "127.0.0.1:4222", CredentialsFile: none}, "the credentials"},
		{optout.Servers{URLs: "127.0.0.1:4222", CAFile: none}, "the CA"},
		{optout.Servers{URLs: "127.0.0.1:4222", CAFile: write(t, "no certificate")}, "refuses"},
		{optout.Servers{URLs: "127.0.0.1:4222", CertFile: none}, "together"},
		{optout.Servers{URLs: "127.0.0.1:4222", KeyFile: none}, "together"},
		{optout.Servers{URLs: "127.0.0.1:4222", CertFile: write(t, ""), KeyFile: write(t, "")}, "refuses"},
	} {
		log, err := optout.ConnectJetStream(c.servers, optout.StreamConfig{}, openFile(t, path(t)))
		if !errors.Is(err, optout.ErrServers) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%+v: %v", c.servers, err)
		}
		if err == nil {
			log.Close()
		}
	}
}

// TestAwayFromTheStart: a node whose servers can't be reached reports why at once.
func TestAwayFromTheStart(t *testing.T) {
	t.Parallel()
	key, hosts := certificate(t)
	c := natstest.Start(t, 1, natstest.Options{Config: "authorization {user: me, password: right}"})
	encrypted := natstest.Start(t, 1, secured(key, hosts))
	down := natstest.Start(t, 1, natstest.Options{})
	down.Stop(0)
	for _, test := range []struct{ urls, says string }{
		{down.URLs(), "connection refused"},
		{"nats://no.such.host.invalid:4222", "no host no.such.host.invalid"},
		{strings.Replace(c.URLs(), "//", "//me:canary@", 1), "Authorization Violation"},
		{strings.Replace(encrypted.URLs(), "nats:", "tls:", 1), "certificate"},
	} {
		log, err := optout.ConnectJetStream(optout.Servers{URLs: test.urls}, optout.StreamConfig{}, openFile(t, path(t)))
		if err != nil {
			t.Fatal(err)
		}
		s := optout.Open(log)
		defer s.Close()
		waitFor(t, func() bool {
			return s.UnreachableErr() != nil && strings.Contains(s.UnreachableErr().Error(), test.says)
		})
		if err := s.UnreachableErr(); !errors.Is(err, optout.ErrUnreachable) || strings.Contains(err.Error(), "canary") {
			t.Error(err)
		}
		if err := s.Record(context.Background(), numbered(1), 1); !errors.Is(err, optout.ErrUnreachable) {
			t.Errorf("recorded: %v", err)
		}
	}
}

// TestEncryptedFleet: the servers' certificate is verified, and they verify the node's.
func TestEncryptedFleet(t *testing.T) {
	t.Parallel()
	key, hosts := certificate(t)
	c := natstest.Start(t, 1, secured(key, hosts))
	for _, url := range []string{c.URLs(), strings.Replace(c.URLs(), "nats:", "tls:", 1)} {
		w := &warnings{}
		s := connect(t, optout.Servers{URLs: url, CAFile: hosts, CertFile: hosts, KeyFile: key, Warn: w.add})
		synced(t, s)
		record(t, s, 1)
		if got := w.all(); len(got) != 0 {
			t.Errorf("%q", got)
		}
	}
	s := connect(t, optout.Servers{URLs: c.URLs(), CAFile: hosts}) // without a certificate of its own
	waitFor(t, func() bool { return errors.Is(s.UnreachableErr(), optout.ErrUnreachable) })
}

// TestPermissions: the permissions that docs/opt-outs.md lists are enough for nodes to find each
// other.
func TestPermissions(t *testing.T) {
	t.Parallel()
	c := natstest.Start(t, 1, natstest.Options{Config: `authorization {users: [{user: node, password: x, permissions: {
		publish:   ["uid2.optouts", "$JS.API.>", "_uid2rtb.>", "_INBOX.>"]
		subscribe: ["_uid2rtb.>", "_INBOX.>"]
	}}]}`})
	urls := strings.Replace(c.URLs(), "//", "//node:x@", 1)
	first := connect(t, optout.Servers{URLs: urls})
	synced(t, first)
	recordAll(t, first, 0, 5)
	second := connect(t, optout.Servers{URLs: urls})
	synced(t, second)
	agree(t, 0, 5, second)
}

// TestWarnings: an unencrypted connection, and one replica although there are three servers.
func TestWarnings(t *testing.T) {
	t.Parallel()
	for url, warns := range map[string]bool{
		"nats://10.0.0.7:4222": true, "nats.example.com": true, "ws://10.0.0.7:80/x": true, "tls://10.0.0.7:4222": false,
		"wss://10.0.0.7/x": false, "nats://localhost:4222": false, "nats://127.0.0.9:4222": false, "nats://[::1]:4222": false,
	} {
		w := &warnings{}
		connect(t, optout.Servers{URLs: url, Warn: w.add})
		if got := w.all(); warns != (len(got) == 1 && strings.Contains(got[0], "not encrypted")) || len(got) > 1 {
			t.Errorf("%s: %q", url, got)
		}
	}
	key, hosts := certificate(t)
	for name, servers := range map[string]optout.Servers{"a CA": {CAFile: hosts}, "a certificate": {CertFile: hosts, KeyFile: key}} {
		w := &warnings{}
		servers.URLs, servers.Warn = "nats://10.0.0.7:4222", w.add
		connect(t, servers)
		if got := w.all(); len(got) > 0 {
			t.Errorf("with %s: %q", name, got)
		}
	}
	c := startCluster(t, 3)
	for replicas, warns := range map[int]bool{1: true, 3: false} {
		w := &warnings{}
		local := openFile(t, path(t))
		log, err := optout.ConnectJetStream(optout.Servers{URLs: c.URLs(), Warn: w.add}, optout.StreamConfig{
			Name: []string{"", "ONE", "", "THREE"}[replicas], Subject: []string{"", "one", "", "three"}[replicas], Replicas: replicas,
		}, local)
		if err != nil {
			t.Fatal(err)
		}
		s := optout.Open(log)
		defer s.Close()
		synced(t, s)
		if got := w.all(); warns != (len(got) == 1 && strings.Contains(got[0], "set the replicas to 3")) || len(got) > 1 {
			t.Errorf("%d replicas: %q", replicas, got)
		}
	}
}

// warnings collects the warnings of a log.
type warnings struct {
	mu    sync.Mutex
	texts []string
}

func (w *warnings) add(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, text)
}

func (w *warnings) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.texts
}

// connect opens a store on servers.
func connect(t *testing.T, servers optout.Servers) *optout.Store {
	t.Helper()
	log, err := optout.ConnectJetStream(servers, optout.StreamConfig{}, openFile(t, path(t)))
	if err != nil {
		t.Fatal(err)
	}
	s := optout.Open(log)
	t.Cleanup(func() { s.Close() })
	return s
}

// secured gives a server a certificate, and makes it require one from its clients.
func secured(key, certificates string) natstest.Options {
	return natstest.Options{Config: fmt.Sprintf("tls {cert_file: %q, key_file: %q, ca_file: %q, verify: true}", certificates, key, certificates)}
}

// certificate makes a self-signed certificate for this machine, for both ends.
func certificate(t *testing.T) (keyFile, certFile string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyFile = write(t, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	return keyFile, write(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

// write writes a file.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
