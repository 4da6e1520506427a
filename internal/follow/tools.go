package follow

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/markdown"
)

// Needs begins the paragraph in which a page names the programs that it wants.
const Needs = "You need"

// always are the programs that every Unix has.
var always = strings.Fields("awk basename bash cat chmod cmp cp cut date diff dirname env expr find grep head id kill ln ls " +
	"mkdir mktemp mv od paste printf ps pwd rm rmdir sed seq sh sleep sort tail tee test touch tr uname uniq wc xargs")

var program = regexp.MustCompile("`([a-z][a-z0-9.+-]*)`")

// needs returns the programs that a page names.
func needs(page string) (programs []string) {
	for _, match := range program.FindAllStringSubmatch(markdown.Paragraph(page, Needs), -1) {
		programs = append(programs, match[1])
	}
	return programs
}

// link makes a directory of links to programs.
func link(dir string, programs []string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, program := range programs {
		path, err := find(program)
		if err != nil {
			return fmt.Errorf("the page says %q: %w", Needs, err)
		}
		if err := os.Symlink(path, filepath.Join(dir, program)); err != nil && !os.IsExist(err) {
			return err
		}
	}
	return nil
}

// find returns a program's file. That of a Python that a version manager chooses is asked for, as
// the manager wouldn't work in another home.
func find(program string) (path string, err error) {
	if program == "python3" {
		out, err := exec.Command(program, "-c", "import sys; print(sys.executable)").Output()
		return strings.TrimSpace(string(out)), err
	}
	if path, err = exec.LookPath(program); err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// kept begin the names of variables that a session has from outside: how the network is reached,
// and where downloads are kept.
var kept = regexp.MustCompile(`^(LANG|LC_\w+|USER|(?i:https?|no|all)_(?i:proxy)|SSL_CERT_\w+|GO(PROXY|SUMDB|NOSUMDB|PRIVATE|TOOLCHAIN)|PIP_\w+|(?i:npm_config)_\w+)=`)

// environment returns the variables of a session, but for those that differ from page to page.
func environment() (env []string) {
	for _, variable := range os.Environ() {
		if kept.MatchString(variable) {
			env = append(env, variable)
		}
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		if out, err := exec.Command("go", "env", name).Output(); err == nil {
			env = append(env, name+"="+strings.TrimSpace(string(out)))
		}
	}
	return append(env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TERMINAL_PROMPT=0")
}
