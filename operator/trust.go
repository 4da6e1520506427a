package operator

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// readCA returns what the file of [WithCAFile] has, nil without one.
func (c *config) readCA() ([]byte, error) {
	if c.caFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.caFile)
	if err != nil {
		return nil, fmt.Errorf("%w: the CA file: %w", ErrOption, err)
	}
	return pem, nil
}

// trust returns how https connections are made: according to [WithTLSConfig], with the certificates
// of the CA file, and with HTTP/1.1.
func (c *config) trust(pem []byte) (*tls.Config, error) {
	made := c.tls.Clone()
	if made == nil {
		made = new(tls.Config)
	}
	made.NextProtos = nil // a server might choose the HTTP/2 that another transport put there
	if c.caFile == "" {
		return made, nil
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%w: the CA file holds no certificate in PEM", ErrOption)
	}
	made.RootCAs = trusted
	return made, nil
}
