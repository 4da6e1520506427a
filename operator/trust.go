package operator

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// trust returns how https connections are made: according to [WithTLSConfig], with the certificates
// of [WithCAFile], and with HTTP/1.1.
func (c *config) trust() (*tls.Config, error) {
	made := c.tls.Clone()
	if made == nil {
		made = new(tls.Config)
	}
	made.NextProtos = nil // a server might choose the HTTP/2 that another transport put there
	if c.caFile == "" {
		return made, nil
	}
	pem, err := os.ReadFile(c.caFile)
	if err != nil {
		return nil, fmt.Errorf("%w: the CA file: %w", ErrOption, err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%w: the CA file holds no certificate in PEM", ErrOption)
	}
	made.RootCAs = trusted
	return made, nil
}
