package main

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// usageError is an error in flags or arguments.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage returns an error in flags or arguments: what is wrong, why, and what to do.
func usage(what, why, do string) error { return usageError{advice.New(what, why, do)} }

// What the library says of a command line. It has no types for that.
var (
	unknownFlag   = regexp.MustCompile(`^flag provided but not defined: -+(.*)`)
	withoutValue  = regexp.MustCompile(`^flag needs an argument: -+(.*)`)
	impossible    = regexp.MustCompile(`(?s)^invalid value .* for flag -+([a-z0-9-]+): (.*)`)
	missingFlags  = regexp.MustCompile(`^Required flags? "(.*)" not set`)
	unknownTopic  = regexp.MustCompile(`^No help topic for '(.*)'`)
	impossibleEnv = regexp.MustCompile(`(?s)^could not parse .* from (environment variable .*) for flag ([a-z0-9-]+): `)
)

// wrongUsage says for people what the library says of a command line. It doesn't repeat values,
// which may be secrets or tokens.
func wrongUsage(_ context.Context, c *cli.Command, err error, _ bool) error {
	text := err.Error()
	if found := unknownFlag.FindStringSubmatch(text); found != nil {
		return unknown("flag", "-"+found[1], c, names(c))
	}
	if found := withoutValue.FindStringSubmatch(text); found != nil {
		return usage("-"+found[1], "its value is missing", describe(c, found[1]))
	}
	if found := impossible.FindStringSubmatch(text); found != nil {
		return usage("-"+found[1], whyImpossible(flagOf(c, found[1]), found[2]), describe(c, found[1]))
	}
	if found := impossibleEnv.FindStringSubmatch(text); found != nil {
		return usage(found[1], whyImpossible(flagOf(c, found[2]), "it can't be the value of -"+found[2]), describe(c, found[2]))
	}
	if found := missingFlags.FindStringSubmatch(text); found != nil {
		return missing(c, strings.Split(found[1], ", "))
	}
	return usageError{advice.Wrap("the command line can't be read", err, helpOf(c))}
}

// missing is the error about flags that a command can't do without.
func missing(c *cli.Command, flags []string) error {
	var do []string
	for _, name := range flags {
		do = append(do, describe(c, name))
	}
	why := "it is missing, and needed"
	if len(flags) > 1 {
		why = "they are missing, and needed"
	}
	return usage("-"+strings.Join(flags, " and -"), why, strings.Join(do, "; "))
}

// unknown is the error about a name that doesn't exist, with the one that was probably meant.
func unknown(kind, typed string, c *cli.Command, names []string) error {
	do := helpOf(c)
	if nearest := advice.Nearest(strings.TrimLeft(typed, "-"), names); nearest != "" {
		do = fmt.Sprintf("did you mean %s%s? %s", typed[:len(typed)-len(strings.TrimLeft(typed, "-"))], nearest, do)
	}
	return usage("unknown "+kind, fmt.Sprintf("%s has no %s", c.FullName(), typed), do)
}

func helpOf(c *cli.Command) string { return fmt.Sprintf("%s -h shows what there is", c.FullName()) }

// names returns the names of all flags that a command takes.
func names(c *cli.Command) (all []string) {
	for _, parent := range c.Lineage() {
		for _, f := range parent.Flags {
			all = append(all, f.Names()...)
		}
	}
	return all
}

func flagOf(c *cli.Command, name string) cli.Flag {
	for _, parent := range c.Lineage() {
		for _, f := range parent.Flags {
			if slices.Contains(f.Names(), name) {
				return f
			}
		}
	}
	return nil
}

// describe says how a flag is used.
func describe(c *cli.Command, name string) string {
	about, ok := flagOf(c, name).(cli.DocGenerationFlag)
	if !ok {
		return helpOf(c)
	}
	usage := strings.ReplaceAll(about.GetUsage(), "`", "")
	if !about.TakesValue() {
		return fmt.Sprintf("write -%s, or leave it out: %s", name, usage)
	}
	value := "VALUE"
	if found := placeholder.FindStringSubmatch(about.GetUsage()); found != nil {
		value = found[1]
	}
	return fmt.Sprintf("write -%s %s: %s", name, value, usage)
}

// whyImpossible says what is wrong with the value of a flag. The library's own reason speaks of its
// types, and that of a text is what our validator says.
func whyImpossible(f cli.Flag, reason string) string {
	switch f.(type) {
	case *cli.TimestampFlag:
		return "its value isn't a time"
	case *cli.DurationFlag:
		return "its value isn't a duration, such as 500ms, 10s or 1h"
	case *cli.BoolFlag:
		return "its value is neither true nor false"
	case *cli.IntFlag, *cli.Int64Flag, *cli.Uint64Flag:
		if strings.Contains(reason, "strconv") {
			return "its value isn't a whole number"
		}
	}
	return reason
}

// help is the action of a command without a subcommand. An unknown word is an error.
func (a *app) help(_ context.Context, c *cli.Command) error {
	if word := c.Args().First(); word != "" {
		return unknown("command", word, c, commands(c))
	}
	return cli.ShowSubcommandHelp(c)
}

func commands(c *cli.Command) (all []string) {
	for _, sub := range c.Commands {
		if !sub.Hidden {
			all = append(all, sub.Names()...)
		}
	}
	return all
}

// topicError is the error about help or a completion that isn't there. Its exit code is the
// library's.
func topicError(root *cli.Command, err error) error {
	found := unknownTopic.FindStringSubmatch(err.Error())
	if found == nil {
		return err
	}
	return unknown("command", found[1], root, commands(root))
}

// fileArgument returns the only argument, if there is one.
func fileArgument(c *cli.Command) (string, error) {
	if c.Args().Len() > 1 {
		return "", usage("too many arguments", c.FullName()+" takes one file", helpOf(c))
	}
	return c.Args().First(), nil
}

// withoutArgs refuses arguments where a command takes none: a token there would seem to be read.
func withoutArgs(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		if c.Args().Present() {
			return usage("too many arguments", c.FullName()+" takes none", cmp.Or(stdinOf(c), helpOf(c)))
		}
		return action(ctx, c)
	}
}

// stdinOf says where a command reads, if that is where an argument was meant to go.
func stdinOf(c *cli.Command) string {
	if strings.Contains(c.Description, "from standard input") {
		return "write it to its standard input: echo … | " + c.FullName()
	}
	return ""
}
