package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/internal/progress"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
)

// effort is how much is measured.
type effort int

const (
	quick effort = iota
	normal
	full
)

// of picks what belongs to the effort.
func of[T any](e effort, whenQuick, whenNormal, whenFull T) T {
	return [...]T{whenQuick, whenNormal, whenFull}[e]
}

// section is one part of the report.
type section struct {
	name string
	run  func(ctx context.Context, e effort) (report.Section, error)
	took [3]time.Duration // by effort, on two cores of a virtual machine: what the time left is estimated from
}

var sections = []section{
	{"decrypt", decryptSection, seconds(3, 12, 30)},
	{"latency", latencySection, seconds(3, 12, 30)},
	{"cores", coresSection, seconds(1, 4, 10)},
	{"keys", keysSection, seconds(1, 5, 30)},
	{"batch", batchSection, seconds(3, 15, 90)},
	{"refresh", refreshSection, seconds(1, 5, 15)},
	{"requests", requestsSection, seconds(2, 8, 20)},
	{"auction", auctionSection, seconds(20, 60, 180)},
	{"optouts", optOutsSection, seconds(15, 60, 600)},
	{"propagation", propagationSection, seconds(10, 30, 60)},
	{"rivals", rivalsSection, seconds(5, 15, 30)},
}

func seconds(whenQuick, whenNormal, whenFull int) [3]time.Duration {
	return [3]time.Duration{time.Duration(whenQuick) * time.Second, time.Duration(whenNormal) * time.Second, time.Duration(whenFull) * time.Second}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	screen := progress.NewScreen(os.Stderr, term.IsTerminal(int(os.Stderr.Fd())))
	if err := run(ctx, os.Args[1:], screen.Beside(os.Stdout), screen); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer, screen *progress.Screen) error {
	defer pbstest.RemoveLogs()
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	isQuick := flags.Bool("quick", false, "measure less, in half a minute")
	isFull := flags.Bool("full", false, "measure more: a million keys, a hundred million opt-outs")
	only := flags.String("only", "", "names of sections, with commas: "+names())
	html := flags.String("report", "report.html", "write a report with plots to this `file`; empty: none")
	figures := flags.String("json", "report.json", "write the figures to this `file`; empty: none")
	flags.BoolVar(withSDKs, "sdks", false, "measure the official Python and Java SDKs, too; wants Python, a JDK and Maven, and their package registries")
	optOutUsers = nil
	flags.Func("users", "how many users have opted out in the section optouts, with commas between several `numbers`", parseOptOutUsers)
	profile := flags.String("cpuprofile", "", "write a profile of the processor to this `file`")
	isCompare := flags.Bool("compare", false, "compare the figures of two files")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *isCompare {
		if flags.NArg() != 2 {
			return errors.New("-compare wants two files with figures")
		}
		return report.Compare(out, flags.Arg(0), flags.Arg(1))
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	e := normal
	if *isFull {
		e = full
	}
	if *isQuick {
		e = quick
	}
	stop, err := startProfile(*profile)
	if err != nil {
		return err
	}
	defer stop()
	return measureAll(ctx, e, chosen, out, shownOn(screen, e, chosen), "go run ./bench "+strings.Join(args, " "), func(r *report.Report) error {
		return r.Save(*html, *figures)
	})
}

// startProfile starts a profile, none if it has no name.
func startProfile(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { pprof.StopCPUProfile(); file.Close() }, nil
}

func names() string {
	var all []string
	for _, s := range sections {
		all = append(all, s.name)
	}
	return strings.Join(all, ", ")
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
			return nil, fmt.Errorf("there is no section %q, only %s", name, names())
		}
		chosen = append(chosen, sections[i])
	}
	return chosen, nil
}

// about says how to read the report.
const about = "What is compared was measured in turns of some milliseconds within this run; a ratio is the median over the turns. " +
	"Ratios are what counts: nanoseconds are of this machine on this day. The floor of a table is its first row, the least that the work could cost."

// measureAll runs the sections, and prints and saves each when it is done: who ends a long run keeps what there is.
func measureAll(ctx context.Context, e effort, chosen []section, out io.Writer, bar *bar, command string, save func(*report.Report) error) error {
	all := &report.Report{Machine: report.ThisMachine(), Command: strings.TrimSpace(command), Date: time.Now().Format(time.RFC3339), About: about}
	defer bar.end()
	ctx = context.WithValue(ctx, barKey{}, bar)
	fmt.Fprintln(out, all.Heading())
	for i, s := range chosen {
		bar.start(fmt.Sprintf("[%d/%d] %s", i+1, len(chosen), s.name), s.took[e])
		start := time.Now()
		measured, err := s.run(ctx, e)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		bar.finish()
		measured.Name, measured.Took = s.name, time.Since(start).Seconds()
		all.Sections = append(all.Sections, measured)
		var text bytes.Buffer // whole lines at once, as progress comes between two writes
		measured.Print(&text)
		if _, err := text.WriteTo(out); err != nil {
			return err
		}
		if err := errors.Join(save(all), ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}
