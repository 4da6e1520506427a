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
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/plural"
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
	err := run(ctx, os.Args[1:], screen.Beside(os.Stdout), screen)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	writeError(os.Stderr, err)
	os.Exit(1)
}

func run(ctx context.Context, args []string, out io.Writer, screen *progress.Screen) error {
	defer pbstest.RemoveLogs()
	o, err := parse(args, out)
	if err != nil {
		return err
	}
	if o.compared != nil {
		return compare(out, o.compared[0], o.compared[1])
	}
	stop, err := startProfile(o.profile)
	if err != nil {
		return err
	}
	defer stop()
	return measureAll(ctx, o.effort, o.chosen, out, shownOn(screen, o.effort, o.chosen), "go run ./bench "+strings.Join(args, " "), func(r *report.Report) error {
		return advice.Wrap("the report can't be written", r.Save(o.html, o.figures), "choose files in directories that are there, with -report and -json")
	})
}

// compare compares the figures of two files.
func compare(out io.Writer, before, after string) error {
	return advice.Wrap("the figures can't be compared", report.Compare(out, before, after), "name two files that go run ./bench -json FILE has written")
}

// startProfile starts a profile, none if it has no name.
func startProfile(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	const do = "choose a file in a directory that is there"
	file, err := os.Create(name)
	if err != nil {
		return nil, advice.Wrap("-cpuprofile", err, do)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, advice.Wrap("-cpuprofile", errors.Join(err, file.Close()), do)
	}
	return func() { pprof.StopCPUProfile(); file.Close() }, nil
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
		if ctx.Err() != nil {
			return interrupted(i, len(chosen))
		}
		if err != nil {
			return advice.Wrap("the section "+s.name+" can't be measured", err, "measure it alone: go run ./bench -only "+s.name)
		}
		bar.finish()
		measured.Name, measured.Took = s.name, time.Since(start).Seconds()
		all.Sections = append(all.Sections, measured)
		var text bytes.Buffer // whole lines at once, as progress comes between two writes
		measured.Print(&text)
		if _, err := text.WriteTo(out); err != nil {
			return err
		}
		if err := save(all); err != nil {
			return err
		}
	}
	return nil
}

// interrupted says what there is when somebody ended a run.
func interrupted(measured, of int) error {
	return advice.New("the run was interrupted", fmt.Sprintf("%d of %s measured, which the report has", measured, plural.Count(of, "section")), "start it again, or with -only for fewer sections")
}
