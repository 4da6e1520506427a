package advice

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// ParseFlags parses a command line that consists of flags. Its errors have the form of this
// package, and name the flag that was probably meant. For -h it calls flags.Usage, which must be
// set, and returns [flag.ErrHelp].
func ParseFlags(flags *flag.FlagSet, args []string) error {
	usage, out := flags.Usage, flags.Output()
	flags.Usage = func() {}
	flags.SetOutput(io.Discard) // it would write of errors in a form of its own
	err := flags.Parse(args)
	flags.Usage = usage
	flags.SetOutput(out)
	do := flags.Name() + " -h shows what there is"
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage()
		return err
	case err != nil:
		return misread(flags, err, do)
	}
	return nil
}

// misread says what is wrong with a flag.
func misread(flags *flag.FlagSet, err error, do string) error {
	_, name, unknown := strings.Cut(err.Error(), "not defined: -")
	if !unknown {
		return Wrap("the flags can't be read", err, do)
	}
	var names []string
	flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if nearest := Nearest(name, names); nearest != "" {
		do = fmt.Sprintf("did you mean -%s? %s", nearest, do)
	}
	return New("unknown flag", "there is no -"+name, do)
}

// NoArguments refuses what stands on the command line beside its flags.
func NoArguments(flags *flag.FlagSet) error {
	if flags.NArg() == 0 {
		return nil
	}
	return New("too many arguments", fmt.Sprintf("unexpected argument %q", flags.Arg(0)), flags.Name()+" -h shows what there is")
}
