package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/uid2rtb/uid2rtb/internal/progress"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := newApp(os.Stdin, os.Stdout, os.Stderr)
	code := a.run(ctx, os.Args)
	stop()
	os.Exit(code)
}

func newApp(in, out, err *os.File) *app {
	screen, shown := progress.NewScreen(err, isTerminal(err)), isTerminal(out)
	return &app{
		in: in, out: screen.Beside(out), err: screen, now: time.Now,
		screen: screen, answersShown: shown,
		colour: shown && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
	}
}

func isTerminal(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }
