package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/publisher"
)

func (a *app) refresh() *cli.Command {
	return a.command(&cli.Command{
		Name:      "refresh",
		Usage:     "refresh the token of an identity",
		ArgsUsage: "[FILE]",
		Category:  "PUBLISHERS",
		Description: `Reads an identity, as printed by uid2 generate, from FILE or standard input, and prints the next one, which replaces it.
With -if-due, it prints the same one again if it need not be refreshed yet. If the user has opted out, or the identity is too
old, or the operator can't open it, the exit code is 6 and the stored identity should be deleted. No API key is needed.

Examples:
   uid2 refresh identity.json >next.json
   uid2 refresh -if-due <identity.json >next.json`,
		Flags: []cli.Flag{&cli.BoolFlag{Name: "if-due", Usage: "only if it is due"}, tokenFlag(), newNowFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			stored, err := a.inputFile(c)
			if err != nil {
				return err
			}
			identity, err := publisher.ParseIdentity(stored)
			if err != nil {
				return input("the identity can't be read", err, "")
			}
			now := a.at(c)
			if c.Bool("if-due") && identity.Refreshable(now) && !identity.DueForRefresh(now) {
				return a.printIdentity(c, publisher.Answer{Outcome: publisher.Success, Identity: identity})
			}
			if !identity.Refreshable(now) {
				return advice.Wrap("", fmt.Errorf("%w: the identity is too old to be refreshed", errNoToken), "delete the identity, and generate a new one")
			}
			client, err := a.refreshClient(c)
			if err != nil {
				return err
			}
			defer client.Close()
			defer a.waiting(c, waitingForOperator).End()
			answer, err := publisher.New(client).Refresh(ctx, identity, now)
			if errors.Is(err, operator.ErrRefreshToken) || errors.Is(err, operator.ErrResponseKey) {
				return fmt.Errorf("%w: %w", errNoToken, err)
			}
			if err != nil {
				return err
			}
			return a.printIdentity(c, answer)
		},
	})
}

// inputFile reads the file in the only argument, or standard input.
func (a *app) inputFile(c *cli.Command) ([]byte, error) {
	path, err := fileArgument(c)
	if err != nil {
		return nil, err
	}
	if path == "" {
		text, err := io.ReadAll(a.in)
		if err != nil {
			return nil, input("standard input can't be read", err, "")
		}
		return text, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, input("the input can't be read", err, "")
	}
	return text, nil
}
