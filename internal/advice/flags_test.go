package advice_test

import (
	"bytes"
	"errors"
	"flag"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

func TestParseFlags(t *testing.T) {
	var out bytes.Buffer
	flags := flag.NewFlagSet("program", flag.ContinueOnError)
	flags.SetOutput(&out)
	flags.Usage = func() { out.WriteString("the usage") }
	n := flags.Int("number", 0, "")
	for args, want := range map[string][2]string{
		"-number 7":      {},
		"-nubmer 7":      {"unknown flag: there is no -nubmer", "did you mean -number? program -h shows what there is"},
		"-zzz":           {"unknown flag: there is no -zzz", "program -h shows what there is"},
		"-number":        {"the flags can't be read: flag needs an argument: -number", "program -h shows what there is"},
		"-number 1 a -b": {`too many arguments: unexpected argument "a"`, "program -h shows what there is"},
	} {
		err := advice.ParseFlags(flags, strings.Fields(args))
		if err == nil {
			err = advice.NoArguments(flags)
		}
		if got := text(err); got != want[0] || advice.Of(err) != want[1] {
			t.Errorf("%s: %q, %q", args, got, advice.Of(err))
		}
	}
	if err := advice.ParseFlags(flags, []string{"-number=9"}); err != nil || *n != 9 || out.Len() > 0 {
		t.Errorf("%v, %d, %q", err, *n, &out)
	}
	if err := advice.ParseFlags(flags, []string{"-h"}); !errors.Is(err, flag.ErrHelp) || out.String() != "the usage" {
		t.Errorf("%v, %q", err, &out)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return advice.Text(err)
}
