package follow

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/markdown"
)

// kind is what a step does.
type kind string

const (
	commands   kind = "commands"
	background kind = "commands in the background"
	waiting    kind = "wait"
	file       kind = "file"
)

// step is one thing that a reader does.
type step struct {
	kind   kind
	line   int     // of the page
	script string  // commands
	name   string  // of a file
	status int     // that the commands exit with
	output *string // that the commands print; nil is any
}

const notRun = "norun:"

// stepsOf reads the steps of a page. Errors begin with the line.
func stepsOf(page string) (steps []step, err error) {
	var last *step // whose output a block may be
	for _, item := range markdown.Items(page) {
		s := step{line: item.Line, script: item.Block.Text}
		switch b := item.Block; {
		case item.Comment != "":
			condition, ok := strings.CutPrefix(item.Comment, "wait: ")
			if !ok {
				continue
			}
			s.kind, s.script = waiting, condition+"\n"
		case strings.HasPrefix(b.Info, "title="):
			s.kind, s.name = file, strings.TrimPrefix(b.Info, "title=")
		case b.Language == "sh":
			if err := s.read(b.Info); err != nil {
				return nil, fmt.Errorf("%d: %w", item.Line, err)
			}
		case b.Language == "text" && last != nil:
			last.output = &item.Block.Text
		}
		last = nil
		if s.kind == "" {
			continue
		}
		steps = append(steps, s)
		if s.kind == commands {
			last = &steps[len(steps)-1]
		}
	}
	return steps, nil
}

// read reads what follows the language. A block that isn't run has no kind.
func (s *step) read(info string) error {
	word, rest, _ := strings.Cut(info, " ")
	switch word {
	case "":
		s.kind = commands
		return nil
	case notRun:
		if strings.TrimSpace(rest) == "" {
			return fmt.Errorf("%s a reason is missing", notRun)
		}
		return nil
	case "background":
		s.kind = background
		return nil
	case "fails":
		s.kind = commands
		var err error
		s.status, err = strconv.Atoi(rest)
		return err
	}
	return fmt.Errorf("%q follows sh, want nothing, norun: REASON, background or fails STATUS", info)
}
