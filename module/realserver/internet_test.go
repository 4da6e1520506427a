//go:build pbstree

package realserver_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// internet is all that the servers find behind their proxy: the global vendor list. Nothing else is
// there, and nothing leaves the machine.
type internet struct {
	CertificateFile string // of the authority to trust
	proxy           *httptest.Server
	site            *httptest.Server
}

const vendorListHost = "vendor-list.consensu.org"

func newInternet(t *testing.T) *internet {
	t.Helper()
	i := &internet{CertificateFile: filepath.Join(t.TempDir(), "authority.pem")}
	i.site = httptest.NewUnstartedServer(http.HandlerFunc(vendorList))
	i.site.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, i.CertificateFile, vendorListHost)}}
	i.site.StartTLS()
	t.Cleanup(i.site.Close)
	i.proxy = httptest.NewServer(http.HandlerFunc(i.connect))
	t.Cleanup(i.proxy.Close)
	return i
}

// environment has a server use the proxy for all that isn't on this machine.
func (i *internet) environment() []string {
	return []string{"HTTPS_PROXY=" + i.proxy.URL, "HTTP_PROXY=" + i.proxy.URL}
}

// connect opens a tunnel to the vendor list, and to nothing else.
func (i *internet) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || r.Host != vendorListHost+":443" {
		http.Error(w, "there is no such host", http.StatusBadGateway)
		return
	}
	site, err := net.Dial("tcp", i.site.Listener.Addr().String())
	if err != nil {
		http.Error(w, "no connection", http.StatusBadGateway)
		return
	}
	defer site.Close()
	client, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	fmt.Fprint(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		io.Copy(site, buffered)
		site.Close()
	}()
	io.Copy(client, site)
}

// vendors are the bidders' ids in the global vendor list.
var vendors = map[string]int{"thetradedesk": 21, "appnexus": 32, "pubmatic": 76, "openx": 69}

// lastVendorList is newer than those of the consent strings in the tests.
const lastVendorList = 150

// vendorList answers with the same vendors in each version that is asked for. Each may use any
// purpose, by consent or by legitimate interest.
func vendorList(w http.ResponseWriter, r *http.Request) {
	var spec int
	list := lastVendorList
	if _, err := fmt.Sscanf(r.URL.Path, "/v%d/archives/vendor-list-v%d.json", &spec, &list); err != nil {
		fmt.Sscanf(r.URL.Path, "/v%d/", &spec)
	}
	known := map[string]any{}
	for _, id := range vendors {
		known[fmt.Sprint(id)] = map[string]any{"id": id, "purposes": []int{1, 3, 4, 5, 6}, "legIntPurposes": []int{2, 7, 8, 9, 10},
			"flexiblePurposes": []int{2, 7, 8, 9, 10}, "specialPurposes": []int{1, 2}}
	}
	json.NewEncoder(w).Encode(map[string]any{"gvlSpecificationVersion": spec, "vendorListVersion": list, "vendors": known})
}

// certificate makes a certificate for a host that signs itself, and writes it to a file to trust.
func certificate(t *testing.T, file, host string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
