package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/settings"
)

const (
	// tokensAge is how long tokens are used before their file is read again.
	tokensAge = time.Second
	// minToken is the least length of a token that can't be guessed.
	minToken = 16
	// maxTokens is how many may be valid at the same time.
	maxTokens = 8
)

// readTokens reads the tokens of which clients must send one from a file that others can't read.
func readTokens(path string) ([]string, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, tokenError(err, "make the file: openssl rand -hex 32 >"+path+"; chmod 600 "+path)
	}
	if readByOthers(path) {
		return nil, tokenError(errors.New("others may read or write "+path), "chmod 600 "+path)
	}
	text, err := settings.ReadSecret(path)
	if err != nil {
		return nil, tokenError(err, "")
	}
	tokens := settings.Lines(string(text))
	if len(tokens) == 0 || len(tokens) > maxTokens || slices.ContainsFunc(tokens, weak) {
		return nil, tokenError(fmt.Errorf("%s must have 1 to %d tokens, one in each line, of at least %d printable ASCII characters", path, maxTokens, minToken), "write tokens into it as openssl rand -hex 32 makes them")
	}
	return tokens, nil
}

func tokenError(err error, do string) error { return input("-token-file", err, do) }

func weak(token string) bool {
	return len(token) < minToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
}

// followTokens reads the file again and again until ctx ends. While it can't be used, the tokens
// from before are.
func (a *app) followTokens(ctx context.Context, path string, set func([]string)) error {
	again := time.NewTicker(tokensAge)
	defer again.Stop()
	for said := ""; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		}
		tokens, err := readTokens(path)
		if err == nil {
			said = ""
			set(tokens)
		} else if err = errors.Join(errors.New("the tokens from before are used"), err); err.Error() != said {
			said = err.Error()
			fmt.Fprintln(a.err, "uid2:", strings.ReplaceAll(said, "\n", ": "))
		}
	}
}
