package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/dii"
)

// identityReaders parse the kinds of identities, by name.
var identityReaders = map[string]func(string) (dii.Identity, error){
	"email":      dii.Email,
	"phone":      dii.Phone,
	"email_hash": dii.HashedEmail,
	"phone_hash": dii.HashedPhone,
}

// userFlags returns the flags that name a user. "-" as a value reads it from standard input, so
// that it doesn't appear in the process list.
func userFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "email", Usage: "the user's `EMAIL`, in any spelling; - reads it from standard input"},
		&cli.StringFlag{Name: "phone", Usage: "the user's `PHONE`, as in +12345678901; or -"},
		&cli.StringFlag{Name: "email-hash", Usage: "the `HASH` of the user's normalized email, in base64 or hexadecimal; or -"},
		&cli.StringFlag{Name: "phone-hash", Usage: "the `HASH` of the user's phone; or -"},
	}
}

// user returns the user from the only flag of userFlags that is set.
func (a *app) user(c *cli.Command) (dii.Identity, error) {
	var set []string
	for kind := range identityReaders {
		if name := strings.ReplaceAll(kind, "_", "-"); c.IsSet(name) {
			set = append(set, name)
		}
	}
	if len(set) != 1 {
		return dii.Identity{}, usage("-email, -phone, -email-hash and -phone-hash", fmt.Sprintf("%d of them are given, and one is needed", len(set)), "name the user with exactly one of them")
	}
	text := c.String(set[0])
	if text == "-" {
		line, err := bufio.NewReader(a.in).ReadString('\n')
		if err != nil && err != io.EOF {
			return dii.Identity{}, input("standard input can't be read", err, "")
		}
		text = strings.TrimRight(line, "\r\n")
	}
	id, err := identityReaders[strings.ReplaceAll(set[0], "-", "_")](text)
	if err != nil {
		return dii.Identity{}, input("-"+set[0], err, "")
	}
	return id, nil
}
