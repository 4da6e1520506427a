package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/publisher"
)

func (a *app) generate() *cli.Command {
	return a.command(&cli.Command{
		Name:     "generate",
		Usage:    "generate a token for a user",
		Category: "PUBLISHERS",
		Description: `Prints the identity as issued by the operator, in JSON: the token, when to refresh it, and how. Keep all of it, and keep it
secret. If there is no token for the user, the JSON has only a status, and the exit code is 6.

Examples:
   uid2 generate -email user@example.com >identity.json
   echo user@example.com | uid2 generate -email - -token | uid2 decrypt
   uid2 generate -phone +12345678901 -tcf CPhJ…`,
		Flags: append(userFlags(), tokenFlag(), &cli.StringFlag{Name: "tcf", Usage: "the user's TCF 2 consent `STRING`, for EUID"}),
		Action: withoutArgs(func(ctx context.Context, c *cli.Command) error {
			user, err := a.user(c)
			if err != nil {
				return err
			}
			client, err := a.client(c)
			if err != nil {
				return err
			}
			defer client.Close()
			var opts []publisher.Option
			if c.IsSet("tcf") {
				opts = append(opts, publisher.WithTCF(c.String("tcf")))
			}
			defer a.waiting(c, waitingForOperator).End()
			answer, err := publisher.New(client).Generate(ctx, user, opts...)
			if err != nil {
				return err
			}
			return a.printIdentity(c, answer)
		}),
	})
}

func tokenFlag() cli.Flag {
	return &cli.BoolFlag{Name: "token", Usage: "print only the token"}
}

// printIdentity prints the identity, or the status if there is none.
func (a *app) printIdentity(c *cli.Command, answer publisher.Answer) error {
	if answer.Outcome == publisher.Success && c.Bool("token") {
		_, err := fmt.Fprintln(a.out, answer.Identity.AdvertisingToken())
		return err
	}
	if answer.Outcome == publisher.Success {
		_, err := fmt.Fprintf(a.out, "%s\n", bytes.TrimSpace(answer.Identity.JSON()))
		return err
	}
	if err := printJSON(a.out, map[string]string{"status": answer.Outcome.String()}); err != nil {
		return err
	}
	return advice.Wrap("", fmt.Errorf("%w: %v", errNoToken, answer.Outcome), "use no token for this user, and delete an identity that is stored")
}
