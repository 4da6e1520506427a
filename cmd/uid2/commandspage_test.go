package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/uid2rtb/uid2rtb/internal/pagetest"
)

// TestReferenceCommands: the page has each command and flag, as the program describes them.
func TestReferenceCommands(t *testing.T) {
	root := new(app).root()
	var b strings.Builder
	fmt.Fprintf(&b, "## uid2\n\n%s", flagTable(root))
	describeCommands(&b, root.Name, root)
	pagetest.Hold(t, "../../docs/reference/cli.md", "commands", b.String())
}

// describeCommands writes a section for each command that the manual page has.
func describeCommands(b *strings.Builder, name string, parent *cli.Command) {
	for _, c := range parent.VisibleCommands() {
		full := name + " " + c.Name
		if len(c.VisibleCommands()) > 0 {
			describeCommands(b, full, c)
			continue
		}
		fmt.Fprintf(b, "\n## %s\n\n`%s`: %s\n\n", full, strings.TrimSpace(full+" "+c.ArgsUsage), c.Usage)
		if c.Description != "" {
			fmt.Fprintf(b, "```text\n%s\n```\n\n", c.Description)
		}
		b.WriteString(flagTable(c))
	}
}

// flagTable is a table of a command's flags, "" if it has none.
func flagTable(c *cli.Command) string {
	var rows [][]string
	for _, flag := range c.VisibleFlags() {
		about := flag.(cli.DocGenerationFlag)
		usage, value := about.GetUsage(), ""
		if match := placeholder.FindStringSubmatch(usage); about.TakesValue() && match != nil {
			value = " " + match[1]
		}
		names := make([]string, 0, 2)
		for _, name := range flag.Names() {
			names = append(names, "`-"+name+value+"`")
		}
		rows = append(rows, []string{strings.Join(names, ", "), literal(strings.ReplaceAll(usage, "`", "")), defaultOf(about)})
	}
	if len(rows) == 0 {
		return ""
	}
	return pagetest.Table([]string{"flag", "meaning", "default"}, rows)
}

// defaultOf is the value of a flag that isn't given, or the variable that has it.
func defaultOf(flag cli.DocGenerationFlag) string {
	var parts []string
	if text := flag.GetDefaultText(); flag.TakesValue() && flag.IsDefaultVisible() && text != "" && text != `""` {
		parts = append(parts, "`"+text+"`")
	}
	for _, variable := range flag.GetEnvVars() {
		parts = append(parts, "`$"+variable+"`")
	}
	return strings.Join(parts, ", ")
}

// literal keeps what isn't Markdown from being read as such.
func literal(text string) string {
	return strings.NewReplacer("<", `\<`, "*", `\*`, "_", `\_`).Replace(text)
}
