package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/operator"
)

// man prints the manual page of all commands, which packages install. It is written from what the
// commands say of themselves, so it can't be of another version than they are.
func (a *app) man() *cli.Command {
	return a.command(&cli.Command{
		Name:   "man",
		Usage:  "print this manual page, in the language of man",
		Hidden: true,
		Action: withoutArgs(func(_ context.Context, c *cli.Command) error {
			return a.buffered(func(w *bufio.Writer) error {
				writePage(&roff{w}, c.Root())
				return nil
			})
		}),
	})
}

// writePage writes the page of a program.
func writePage(r *roff, root *cli.Command) {
	r.request("TH", strings.ToUpper(root.Name), "1", "", root.Name+" "+operator.Version, "User Commands")
	r.request("SH", "NAME")
	r.line(root.Name + " - " + root.Usage)
	r.request("SH", "SYNOPSIS")
	r.line(root.Name + " [flags] command [flags] [arguments]")
	r.request("SH", "DESCRIPTION")
	r.line("Its commands read and answer in a shell what the packages of the module do in Go.")
	r.prose(root.Description)
	r.request("SH", "FLAGS")
	r.flags(root)
	r.request("SH", "COMMANDS")
	writeCommands(r, root.Name, root)
}

// writeCommands writes a section for each command below parent that has no commands below it, and
// is not hidden.
func writeCommands(r *roff, name string, parent *cli.Command) {
	for _, c := range parent.VisibleCommands() {
		full := name + " " + c.Name
		if len(c.VisibleCommands()) > 0 {
			writeCommands(r, full, c)
			continue
		}
		r.request("SS", strings.TrimSpace(full+" "+c.ArgsUsage))
		r.line(c.Usage)
		r.prose(c.Description)
		r.flags(c)
	}
}

// roff writes the language of man. Errors are those of the writer, which keeps them.
type roff struct{ *bufio.Writer }

// request writes a request with its arguments, each in quotes.
func (r *roff) request(name string, args ...string) {
	fmt.Fprint(r, ".", name)
	for _, arg := range args {
		fmt.Fprintf(r, " \"%s\"", strings.ReplaceAll(escape(arg), `"`, `\(dq`))
	}
	fmt.Fprintln(r)
}

// line writes text that may be filled together with its neighbours.
func (r *roff) line(text string) {
	if text = escape(strings.TrimSpace(text)); strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	fmt.Fprintln(r, text)
}

// prose writes text of paragraphs and of indented lines, which stay as they are.
func (r *roff) prose(text string) {
	if text == "" {
		return
	}
	r.request("PP")
	indented := false
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if now := strings.HasPrefix(line, "   "); now != indented && line != "" {
			indented = now
			r.request(map[bool]string{true: "nf", false: "fi"}[indented])
		}
		if line == "" {
			r.request("PP")
			continue
		}
		r.line(line)
	}
	if indented {
		r.request("fi")
	}
}

// placeholder matches the name of a flag's value in its usage.
var placeholder = regexp.MustCompile("`([^`]+)`")

// flags writes the flags of a command: first those without a category, then each category.
func (r *roff) flags(c *cli.Command) {
	flags := slices.SortedStableFunc(slices.Values(c.VisibleFlags()), func(a, b cli.Flag) int {
		return cmp.Compare(categoryOf(a), categoryOf(b))
	})
	category := ""
	for _, flag := range flags {
		if now := categoryOf(flag); now != category {
			category = now
			r.request("PP")
			r.line(category + ":")
		}
		r.flag(flag)
	}
}

func categoryOf(f cli.Flag) string {
	if c, ok := f.(cli.CategorizableFlag); ok {
		return c.GetCategory()
	}
	return ""
}

func (r *roff) flag(f cli.Flag) {
	about, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return
	}
	var names []string
	for _, name := range f.Names() {
		names = append(names, "-"+name)
	}
	usage, heading := about.GetUsage(), strings.Join(names, ", ")
	if value := placeholder.FindStringSubmatch(usage); about.TakesValue() && value != nil {
		heading += " " + value[1]
	}
	r.request("TP")
	r.line(heading)
	usage = strings.ReplaceAll(usage, "`", "")
	if text := about.GetDefaultText(); about.TakesValue() && about.IsDefaultVisible() && text != "" && text != `""` {
		usage += " (default: " + text + ")"
	}
	if variables := about.GetEnvVars(); len(variables) > 0 {
		usage += " [$" + strings.Join(variables, ", $") + "]"
	}
	r.line(usage)
}

// special are characters that the language reads in a way of its own, or doesn't print as such.
var special = strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// escape writes what would be the language's own as text, in ASCII.
func escape(text string) string {
	var b strings.Builder
	for _, c := range special.Replace(text) {
		if c < utf8.RuneSelf {
			b.WriteRune(c)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, c)
		}
	}
	return b.String()
}
