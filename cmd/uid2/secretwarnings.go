package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/settings"
)

// warnOfSecrets warns of secrets that others may read, or guess. They work all the same: the
// opt-out service may know no better one.
func (a *app) warnOfSecrets(c *cli.Command, names ...string) {
	for _, name := range names {
		value, path := c.String(name), c.String(name+"-file")
		if value == "" && path != "" {
			a.warnOfSecretFile("-"+name+"-file", path)
		} else if value != "" {
			a.warnOfShort("-"+name, "", []string{value})
		}
	}
}

func (a *app) warnOfSecretFile(flag, path string) {
	if readByOthers(path) {
		advice.Warn(a.err, "uid2", fmt.Sprintf("%s: others may read or write %s", flag, path), "chmod 600 "+path)
	}
	if text, err := settings.ReadSecret(path); err == nil {
		a.warnOfShort(flag, path, settings.Lines(string(text)))
	}
}

// readByOthers reports whether everybody on this machine may read or write a file.
func readByOthers(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o007 != 0 && runtime.GOOS != "windows"
}

func (a *app) warnOfShort(flag, path string, secrets []string) {
	if !slices.ContainsFunc(secrets, func(s string) bool { return len(s) < minToken }) {
		return
	}
	what, do := flag+": the secret", "let the opt-out service send one as openssl rand -hex 32 makes it"
	if path != "" {
		what, do = flag+": a secret in "+path, do+", and write it into "+path
	}
	advice.Warn(a.err, "uid2", fmt.Sprintf("%s has fewer than %d characters, and can be guessed", what, minToken), do)
}
