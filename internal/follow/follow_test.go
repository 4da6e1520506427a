//go:build unix && go1.24

package follow_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/follow"
)

const fence = "```"

// followed follows a page in which ~~~ is a fence, and returns its home.
func followed(t *testing.T, page string) (home string, err error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "page.md")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(page, "~~~", fence)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := follow.Reader{Dir: filepath.Join(dir, "r"), Root: "../.."}
	return filepath.Join(r.Dir, "home"), r.Follow(t.Context(), path)
}

func TestFollow(t *testing.T) {
	home, err := followed(t, `
~~~sh
mkdir work && cd work
name=world
~~~
~~~yaml title=conf/a.yaml
a: 1
~~~
~~~sh background
echo $$ >../shell; sleep 0.1; echo ready >ready; sleep 1000
~~~
<!-- wait: grep -q ready ready -->
~~~sh
echo "hello, $name, $(cat conf/a.yaml) at 12:30"; cat ready
echo more; echo last >&2
~~~
~~~text
hello, world, a: 1 at …
…
last
~~~
~~~sh fails 3
(exit 3)
~~~
~~~sh norun: there is no such program
nonsense
~~~
~~~text
not what anything prints
~~~
- in a list

  ~~~sh
  cat <<END >out
  x
  END
  ~~~
~~~sh
sleep 1000 &
~~~
`)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := os.ReadFile(filepath.Join(home, "work/out")); string(out) != "x\n" {
		t.Errorf("%q, %v", out, err)
	}
	shell, err := os.ReadFile(filepath.Join(home, "shell"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(shell)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("what runs in the background is left: %v", err)
	}
}

// Each page is wrong, and the error says where and why.
func TestFollowFails(t *testing.T) {
	for page, want := range map[string]string{
		"~~~sh\ntrue\nfalse\ntrue\n~~~":                                    "page.md:1: exit status 1",
		"\n~~~sh\nfalse | true\n~~~":                                       "page.md:2: exit status 1",
		"~~~sh\nexit 3\n~~~":                                               "page.md:1: exit status 3",
		"~~~sh fails 3\nexit 3\n~~~":                                       "the block ends the shell",
		"~~~sh fails 3\nfalse\n~~~":                                        "exit status 1, want 3",
		"~~~sh fails 1\ntrue\n~~~":                                         "exit status 0, want 1",
		"~~~sh\necho a\n~~~\n~~~text\nb\n~~~":                              "printed\na\nwant\nb\n",
		"~~~sh\necho a b\n~~~\n~~~text\n…b…c\n~~~":                         "printed\na b\nwant\n…b…c\n",
		"~~~sh\ngit --version\n~~~":                                        "git: command not found",
		"You need `nonsense-of-tools`.\n~~~sh\ntrue\n~~~":                  "nonsense-of-tools",
		"~~~sh background\necho why >&2; false\n~~~\n<!-- wait: false -->": "printed in the background\nwhy\n",
		"~~~sh norun\nx\n~~~":                                              "page.md:1: ",
		"~~~sh norun: \nx\n~~~":                                            "a reason is missing",
		"~~~sh fails x\nx\n~~~":                                            "page.md:1: ",
		"~~~sh\n[ -z \"$UID2_API_KEY\" ]\n~~~\n~~~sh\nfalse\n~~~":          "page.md:4: exit status 1",
	} {
		t.Setenv("UID2_API_KEY", "not for pages")
		if _, err := followed(t, page); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngives %v, want %s", page, err, want)
		}
	}
}

// What a page clones is the checkout as it is, with what isn't committed.
func TestFollowClones(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a": "uncommitted", ".gitignore": "b", "b": "ignored"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	page := filepath.Join(dir, "a.md")
	text := "You need `git`.\n\n~~~sh\ngit clone -q https://github.com/uid2rtb/uid2rtb\ncd uid2rtb && ls -A\n~~~\n~~~text\n.git\n.gitignore\na\na.md\n~~~\n"
	if err := os.WriteFile(page, []byte(strings.ReplaceAll(text, "~~~", fence)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := follow.Reader{Dir: t.TempDir(), Root: dir}
	if err := r.Follow(t.Context(), page); err != nil {
		t.Error(err)
	}
}
