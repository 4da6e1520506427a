package operator

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// trust returns how https connections are made: as [WithTLSConfig] says, with the certificates of
// [WithCAFile].
func (c *config) trust() (*tls.Config, error) {
	if c.caFile == "" {
		return c.tls, nil
	}
	pem, err := os.ReadFile(c.caFile)
	if err != nil {
		return nil, fmt.Errorf("%w: the CA file: %w", ErrOption, err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%w: the CA file holds no certificate in PEM", ErrOption)
	}
	made := c.tls.Clone()
	if made == nil {
		made = new(tls.Config)
	}
	made.RootCAs = trusted
	return made, nil
}
