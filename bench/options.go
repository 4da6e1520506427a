package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/plural"
)

// options are what the command line says.
type options struct {
	effort        effort
	chosen        []section
	html, figures string   // files; empty: none
	profile       string   // file
	compared      []string // two files to compare, and to measure nothing; nil: none
}

// examples are shown by -h.
const examples = `  go run ./bench
  go run ./bench -quick
  go run ./bench -only decrypt,latency
  go run ./bench -only optouts -users 5000000
  go run ./bench -compare old.json new.json
`

// parse parses the command line, and the users of the section optouts with it.
func parse(args []string, out io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	isQuick := flags.Bool("quick", false, "measure less, in half a minute")
	isFull := flags.Bool("full", false, "measure more: a million keys, a hundred million opt-outs")
	only := flags.String("only", "", "`names` of sections, with commas: "+strings.Join(names(), ", "))
	flags.StringVar(&o.html, "report", "report.html", "write a report with plots to this `file`; empty: none")
	flags.StringVar(&o.figures, "json", "report.json", "write the figures to this `file`; empty: none")
	flags.BoolVar(withSDKs, "sdks", false, "measure the official Python and Java SDKs, too; wants Python, a JDK and Maven, and their package registries")
	optOutUsers = nil
	flags.Func("users", "how many users have opted out in the section optouts, with commas between several `numbers`", parseOptOutUsers)
	flags.StringVar(&o.profile, "cpuprofile", "", "write a profile of the processor to this `file`")
	isCompare := flags.Bool("compare", false, "measure nothing: compare the figures of two files")
	flags.Usage = func() {
		fmt.Fprintf(out, "Usage: bench [flags]\n\nMeasures what UID2 costs a bidder on this machine.\n\nExamples:\n%s\nFlags:\n", examples)
		flags.PrintDefaults()
	}
	if err := advice.ParseFlags(flags, args); err != nil {
		return o, err
	}
	if *isCompare {
		o.compared = flags.Args()
		return o, twoFiles(o.compared)
	}
	o.effort = normal
	if *isFull {
		o.effort = full
	}
	if *isQuick {
		o.effort = quick
	}
	o.chosen, err = choose(*only)
	return o, cmp.Or(advice.NoArguments(flags), err)
}

// twoFiles refuses more and fewer than two.
func twoFiles(files []string) error {
	if len(files) == 2 {
		return nil
	}
	return advice.New("-compare", "it compares two files, and "+plural.Count(len(files), "file")+" "+plural.Is(len(files))+" named", "write -compare BEFORE.json AFTER.json")
}

func names() (all []string) {
	for _, s := range sections {
		all = append(all, s.name)
	}
	return all
}

// choose returns the sections of these names, all of them for none.
func choose(only string) ([]section, error) {
	if only == "" {
		return sections, nil
	}
	var chosen []section
	for _, name := range strings.Split(only, ",") {
		i := slices.IndexFunc(sections, func(s section) bool { return s.name == name })
		if i < 0 {
			return nil, noSection(name)
		}
		chosen = append(chosen, sections[i])
	}
	return chosen, nil
}

func noSection(name string) error {
	do := "choose of " + strings.Join(names(), ", ")
	if nearest := advice.Nearest(name, names()); nearest != "" {
		do = "did you mean " + nearest + "? " + do
	}
	return advice.New("-only", fmt.Sprintf("there is no section %q", name), do)
}

// writeError says what happened, why, and what to do.
func writeError(stderr io.Writer, err error) {
	advice.Print(stderr, "bench", err, cmp.Or(advice.Of(err), "correct that, and start again; bench -h shows what there is"))
}
