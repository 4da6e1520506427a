// Command dashboards writes deploy/grafana, with Grafana's own types. It is a module of its own, so
// that nobody who imports the packages sees them.
//
//	cd internal/dashboards && GOWORK=off go run .
//
// A test holds the files to what would be written.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("../../deploy/grafana"); err != nil {
		fmt.Fprintln(os.Stderr, "dashboards:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	for _, b := range boards {
		text, err := b.json()
		if err != nil {
			return fmt.Errorf("%s: %w", b.uid, err)
		}
		if err := os.WriteFile(filepath.Join(dir, b.uid+".json"), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
