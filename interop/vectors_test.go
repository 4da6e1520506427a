//go:build interop

package interop

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	vectors = "../fixtures/vectors/suite"
	runners = vectors + "/runners"
	page    = "../docs/vectors.md"
	begin   = "<!-- what the runners print -->\n"
	end     = "<!-- until here -->\n"
)

var update = flag.Bool("interop.update", false, "write what the runners print into docs/vectors.md")

// vectorRow is a line of a runner's table.
type vectorRow struct {
	file, flag                                        string
	cases, agreed, accepted, refused, otherwise, none int
}

func (r vectorRow) differs() bool { return r.agreed+r.none < r.cases }

// String is what the page says of the row.
func (r vectorRow) String() string {
	switch run := r.cases - r.none; {
	case run == 0:
		return "–"
	case !r.differs():
		return "agreed"
	default:
		text := fmt.Sprintf("%d of %d", r.agreed, run)
		for _, part := range []struct {
			n    int
			name string
		}{{r.accepted, "accepted"}, {r.refused, "refused"}, {r.otherwise, "otherwise"}} {
			if part.n > 0 {
				text += fmt.Sprintf(", %d %s", part.n, part.name)
			}
		}
		return text
	}
}

// vectorTable runs a runner and reads its table.
func vectorTable(t *testing.T, command *exec.Cmd) (rows []vectorRow) {
	t.Helper()
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v", command.Args, err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n")[1:] {
		f := strings.Fields(line)
		if len(f) != 8 {
			t.Fatalf("a line of %d fields: %s", len(f), line)
		}
		n := make([]int, 6)
		for i := range n {
			if n[i], err = strconv.Atoi(f[2+i]); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		rows = append(rows, vectorRow{f[0], f[1], n[0], n[1], n[2], n[3], n[4], n[5]})
	}
	return rows
}

// TestVectors runs the test vectors by all three runners and holds docs/vectors.md to their tables.
func TestVectors(t *testing.T) {
	java := javaMain(t, "com.uid2.client.Vectors")
	java.Args = append([]string{java.Args[0], "-Xmx256m"}, append(java.Args[1:], vectors)...)
	python := pythonScript(t, runners+"/python/run.py")
	python.Args = append(python.Args, vectors)
	ours := vectorTable(t, exec.Command("go", "run", vectors+"/run", "-dir", vectors))
	theirs := [2][]vectorRow{vectorTable(t, python), vectorTable(t, java)}
	if len(theirs[0]) != len(ours) || len(theirs[1]) != len(ours) {
		t.Fatalf("tables of %d, %d and %d lines", len(ours), len(theirs[0]), len(theirs[1]))
	}
	var totals, details strings.Builder
	flags := map[string]bool{}
	sum := 0
	for i, row := range ours {
		p, j := theirs[0][i], theirs[1][i]
		if p.file != row.file || p.flag != row.flag || j.file != row.file || j.flag != row.flag || p.cases != row.cases || j.cases != row.cases {
			t.Fatalf("the runners' tables differ at %s %s", row.file, row.flag)
		}
		if row.differs() {
			t.Errorf("%s %s: ours differs: %v", row.file, row.flag, row)
		}
		switch {
		case row.flag == "-":
			sum += row.cases
			fmt.Fprintf(&totals, "| `%s` | %d | %v | %v | %v |\n", row.file, row.cases, row, p, j)
		case p.differs() || j.differs():
			flags[row.flag] = true
			fmt.Fprintf(&details, "| `%s` | `%s` | %d | %v | %v |\n", row.file, row.flag, row.cases, p, j)
		}
	}
	text := fmt.Sprintf("%d cases; Python: %s; Java: uid2-client %s.\n\n| file | cases | here | Python | Java |\n|---|---|---|---|---|\n%s\nThe flags with a difference:\n\n| file | flag | cases | Python | Java |\n|---|---|---|---|---|\n%s",
		sum, strings.Replace(read(t, "python/requirements.txt"), "==", " ", 1), javaVersion(t), totals.String(), details.String())
	hold(t, text, flags)
}

func javaVersion(t *testing.T) string {
	t.Helper()
	found := regexp.MustCompile(`<artifactId>uid2-client</artifactId>\s*<version>([^<]+)`).FindStringSubmatch(read(t, "java/pom.xml"))
	if found == nil {
		t.Fatal("java/pom.xml has no version of the SDK")
	}
	return found[1]
}

// hold compares the page with a table, and has it explain each flag with a difference.
func hold(t *testing.T, table string, flags map[string]bool) {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	have, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("%s has no place for the table", page)
	}
	for name := range flags {
		if !strings.Contains(before+after, "`"+name+"`") {
			t.Errorf("%s doesn't explain the differences of %s", page, name)
		}
	}
	if have == "\n"+table+"\n" {
		return
	}
	if !*update {
		t.Fatalf("%s isn't what the runners print: go test -tags interop -run '^TestVectors$' ./interop -interop.update", page)
	}
	if err := os.WriteFile(page, []byte(before+begin+"\n"+table+"\n"+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
