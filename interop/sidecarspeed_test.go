//go:build interop && linux

package interop

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

var sidecarTime = flag.Duration("sidecar.time", 500*time.Millisecond, "how long TestSidecarTable measures each bidder, three times over")

// loadConnections is how many connections the load generator has.
const loadConnections = 16

// TestSidecarTable has the sidecar, and bidders in Python and Java with their official SDKs, annotate the same bid requests over
// HTTP, and prints a table: throughput, latency at 70 % of it, and memory. The load generator is on the same machine.
func TestSidecarTable(t *testing.T) {
	operator, uid2 := start(t), uid2Command(t)
	message := annotateMessage(operator)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(loadToken), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	table := fmt.Sprintf("\n%d cores, %d connections, requests of %d bytes\n\n| | requests /s | p50 at 70 %%, µs | p99 at 70 %%, µs | processor a request, µs | memory, MB |\n|---|---:|---:|---:|---:|---:|\n",
		runtime.GOMAXPROCS(0), loadConnections, len(message))
	for _, bidder := range []struct {
		name  string
		start func(t *testing.T) (command *exec.Cmd, network, address string)
	}{
		{"sidecar, Unix socket", func(t *testing.T) (*exec.Cmd, string, string) {
			command, _ := serving(t, uid2, operator, "-listen", "unix:"+socket)
			return command, "unix", socket
		}},
		{"the same, clients read strictly", func(t *testing.T) (*exec.Cmd, string, string) {
			command, _ := serving(t, uid2, operator, "-listen", "unix:"+socket+"2", "-clients-read-strictly")
			return command, "unix", socket + "2"
		}},
		{"sidecar, port", func(t *testing.T) (*exec.Cmd, string, string) {
			command, at := serving(t, uid2, operator, "-listen", "127.0.0.1:0", "-token-file", token)
			return command, "tcp", at
		}},
		{"Java with the SDK", func(t *testing.T) (*exec.Cmd, string, string) {
			command := javaMain(t, "com.uid2rtb.bidder.Bidder")
			return command, "tcp", started(t, command, operator)
		}},
		{"Python with the SDK, two processes", func(t *testing.T) (*exec.Cmd, string, string) {
			command := pythonScript(t, "python/bidder.py")
			return command, "tcp", started(t, command, operator)
		}},
	} {
		t.Run(bidder.name, func(t *testing.T) {
			command, network, address := bidder.start(t)
			generate(t, network, address, message, *sidecarTime, 0) // until it is warm
			before := processorTime(t, command.Process.Pid)
			most := generate(t, network, address, message, *sidecarTime, 0)
			used := processorTime(t, command.Process.Pid) - before
			rate := float64(len(most)) / sidecarTime.Seconds()
			at70 := generate(t, network, address, message, *sidecarTime, 0.7*rate)
			slices.Sort(at70)
			table += fmt.Sprintf("| %s | %.0f | %d | %d | %.1f | %.0f |\n", bidder.name, rate, at70[len(at70)/2].Microseconds(), at70[len(at70)*99/100].Microseconds(),
				float64(used.Microseconds())/float64(len(most)), memory(t, command.Process.Pid))
		})
	}
	t.Log(table)
}

const loadToken = "0123456789abcdef0123456789abcdef"

// annotateMessage is an HTTP request with a bid request of 3.6 KB that has a UID2.
func annotateMessage(operator *uid2test.Server) []byte {
	const imp = `{"id":"%d","tagid":"slot-%[1]d","secure":1,"bidfloor":0.35,"bidfloorcur":"USD","banner":{"format":[{"w":300,"h":250},{"w":728,"h":90}],"pos":1,"api":[3,5,7]},"ext":{"gpid":"/1042/home/slot-%[1]d","data":{"pbadslot":"/1042/home"}}}`
	var imps []string
	for i := range 14 {
		imps = append(imps, fmt.Sprintf(imp, i))
	}
	body := `{"id":"b7e1c4a2","site":{"domain":"example.com"},"imp":[` + strings.Join(imps, ",") + `],"user":{"id":"u-77","eids":[{"source":"id1.example","uids":[{"id":"0c5c8b1e","atype":1}]},{"source":"uidapi.com","uids":[{"id":"` +
		operator.Token(uid2test.TokenSpec{Email: "user@example.com"}) + `","atype":3}]}]}}`
	return fmt.Appendf(nil, "POST /annotate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", loadToken, len(body), body)
}

// generate sends the message for some time on all connections, and returns how long each answer took. With a rate, a second,
// the time counts from when the message was to be sent: waiting for the one before is part of it.
func generate(t *testing.T, network, address string, message []byte, during time.Duration, rate float64) []time.Duration {
	t.Helper()
	took := make([][]time.Duration, loadConnections)
	var senders sync.WaitGroup
	begin := time.Now()
	for i := range took {
		conn, err := net.Dial(network, address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(during + time.Minute))
		senders.Go(func() {
			in := bufio.NewReaderSize(conn, 64<<10)
			for n := i; ; n += loadConnections {
				due := time.Now()
				if rate > 0 {
					due = begin.Add(time.Duration(float64(n) / rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				if due.Sub(begin) > during {
					return
				}
				if _, err := conn.Write(message); err != nil {
					t.Error(err)
					return
				}
				if raw := readAnswer(t, in); !raw {
					t.Error("an answer without a raw UID")
					return
				}
				took[i] = append(took[i], time.Since(due))
			}
		})
	}
	senders.Wait()
	all := slices.Concat(took...)
	if len(all) == 0 {
		t.Fatal("nothing was answered")
	}
	return all
}

// readAnswer reads an answer, and reports whether it is 200 and has a raw UID.
func readAnswer(t *testing.T, in *bufio.Reader) bool {
	first, err := in.ReadSlice('\n')
	ok := err == nil && bytes.HasPrefix(first, []byte("HTTP/1.1 200 "))
	length := 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			t.Error(err)
			return false
		}
		if len(line) == len("\r\n") {
			break
		}
		if value, is := bytes.CutPrefix(line, []byte("Content-Length: ")); is {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
		}
	}
	body, err := in.Peek(length)
	ok = ok && err == nil && bytes.Contains(body[max(0, length-400):], []byte(`"raw":"`)) // the user comes last
	in.Discard(length)
	return ok
}

// processes returns the process and its children.
func processes(t *testing.T, pid int) []string {
	t.Helper()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	return append(strings.Fields(string(children)), strconv.Itoa(pid))
}

// processorTime is what the process and its children have used of the processor.
func processorTime(t *testing.T, pid int) (used time.Duration) {
	t.Helper()
	for _, one := range processes(t, pid) {
		_, fields, _ := strings.Cut(read(t, "/proc/"+one+"/stat"), ") ") // the name may have blanks
		for _, ticks := range strings.Fields(fields)[11:13] {
			n, err := strconv.Atoi(ticks)
			if err != nil {
				t.Fatal(err)
			}
			used += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return used
}

// memory is how many megabytes the process and its children have had of their own at most.
func memory(t *testing.T, pid int) (sum float64) {
	t.Helper()
	for _, one := range processes(t, pid) {
		_, rest, _ := strings.Cut(read(t, "/proc/"+one+"/status"), "VmHWM:")
		kb, err := strconv.Atoi(strings.Fields(rest)[0])
		if err != nil {
			t.Fatal(err)
		}
		sum += float64(kb) / 1024
	}
	return sum
}
