package main

import (
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/keyset"
)

const (
	roleBidstream = "bidstream"
	roleSharing   = "sharing"
)

// keyFlag names the file with the keys. Without it, they come from the operator.
func keyFlag() cli.Flag {
	return &cli.StringFlag{Name: "keys", Usage: "take the keys from `FILE`, an operator's answer in JSON, instead of from the operator", TakesFile: true}
}

func roleFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "role", Value: roleBidstream, Usage: "the `ROLE` of the caller: bidstream (a bidder) or sharing (a sharer)",
		Validator: func(role string) error {
			if role != roleBidstream && role != roleSharing {
				return fmt.Errorf("the role is %s or %s", roleBidstream, roleSharing)
			}
			return nil
		},
	}
}

// loadKeys loads the keys for a role.
func (a *app) loadKeys(ctx context.Context, c *cli.Command, role string) (*keyset.Snapshot, error) {
	answer, err := a.keyAnswer(ctx, c, role)
	if err != nil {
		return nil, err
	}
	keys, err := keyset.Parse(answer)
	if err != nil {
		if path := c.String("keys"); path != "" {
			err = advice.Wrap("the keys in "+path+" can't be used", err, "")
		}
		return nil, inputError{err}
	}
	return keys, nil
}

func (a *app) keyAnswer(ctx context.Context, c *cli.Command, role string) ([]byte, error) {
	if path := c.String("keys"); path != "" {
		answer, err := os.ReadFile(path)
		if err != nil {
			return nil, input("the keys can't be read", err, "check the path, or fetch the keys with uid2 keys -raw >keys.json")
		}
		return answer, nil
	}
	client, err := a.client(c)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	defer a.waiting(c, waitingForOperator).End()
	if role == roleSharing {
		return client.SharingKeys(ctx)
	}
	return client.BidstreamKeys(ctx)
}
