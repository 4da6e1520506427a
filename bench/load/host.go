package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"text/template"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/pbstree"
)

//go:embed pbs.yaml.tmpl
var configText string

var configTemplate = template.Must(template.New("pbs.yaml").Option("missingkey=error").Parse(configText))

// host is a server in a world. The capitals are for its configuration.
type host struct {
	*world
	*pbstree.Process

	Module                                 bool // it has ours
	Dir, WebhookToken                      string
	Port, Admin, Metrics, OptOuts, Nowhere string
}

// startHost starts a server in a new directory and waits until it serves, with its keys.
func startHost(w *world, server *pbstree.Built, module bool) (h *host, err error) {
	h = &host{world: w, Module: module, WebhookToken: "webhook-token-of-the-load"}
	if h.Dir, err = os.MkdirTemp("", "load"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	for _, port := range []*string{&h.Port, &h.Admin, &h.Metrics, &h.OptOuts, &h.Nowhere} {
		if *port, err = pbstree.FreePort(); err != nil {
			return nil, err
		}
	}
	var config bytes.Buffer
	if err := configTemplate.Execute(&config, h); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(h.Dir, "pbs.yaml"), config.Bytes(), 0o600); err != nil {
		return nil, err
	}
	if h.Process, err = server.Start(h.Dir, "HTTPS_PROXY=http://127.0.0.1:"+h.Nowhere); err != nil {
		return nil, err
	}
	if !h.Await(h.url(h.Port, "/status")) {
		logs, _ := h.Logs()
		return nil, fmt.Errorf("the server has ended: %v\n%s", h.State(), pbstree.Tail(logs))
	}
	if module {
		err = h.awaitKeys()
	}
	return h, err
}

func (h *host) url(port, path string) string { return "http://127.0.0.1:" + port + path }

// awaitKeys plays auctions until the listed bidder gets a raw UID.
func (h *host) awaitKeys() error {
	before := h.bidders.raw.Load()
	for end := time.Now().Add(time.Minute); h.bidders.raw.Load() == before; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			logs, _ := h.Logs()
			return fmt.Errorf("the listed bidder gets no raw UID\n%s", pbstree.Tail(logs))
		}
		body := auction{user: 0, sent: time.Now(), account: steady}.body(h.world)
		response, err := http.Post(h.url(h.Port, "/openrtb2/auction"), "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		response.Body.Close()
	}
	return nil
}

// optOut sends what the opt-out service sends.
func (h *host) optOut(client *http.Client, raw string) error {
	query := url.Values{"uid2": {raw}, "timestamp": {fmt.Sprint(time.Now().Unix())}}
	r, err := http.NewRequest(http.MethodGet, h.url(h.OptOuts, "/?"+query.Encode()), nil)
	if err != nil {
		return errors.New("impossible request") // with the raw UID in it
	}
	r.Header.Set("Authorization", "Bearer "+h.WebhookToken)
	response, err := client.Do(r)
	var inURL *url.Error
	if errors.As(err, &inURL) {
		return inURL.Err // without the URL
	}
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("an opt-out is answered %d", response.StatusCode)
	}
	return nil
}

// close ends the server, if it is there yet, and removes its directory.
func (h *host) close() error {
	if h.Process != nil {
		h.Kill()
	}
	return os.RemoveAll(h.Dir)
}
