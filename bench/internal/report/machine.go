package report

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/plural"
)

// Machine is where a run was.
type Machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	OS    string `json:"os"`
	Go    string `json:"go"`
	Load  string `json:"load"` // average of the last minutes, when it began
}

// ThisMachine is the one on which this runs.
func ThisMachine() Machine {
	m := Machine{CPU: "unknown CPU", Cores: runtime.GOMAXPROCS(0), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	if file, err := os.Open("/proc/cpuinfo"); err == nil {
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			if name, found := strings.CutPrefix(lines.Text(), "model name"); found {
				m.CPU = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
				break
			}
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = strings.Join(strings.Fields(string(load))[:3], " ")
	}
	return m
}

// String is a line of text.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %s, %s, %s, load %s", m.CPU, plural.Count(m.Cores, "core"), m.OS, m.Go, m.Load)
}
