// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package pbstest

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/golang/glog"
)

// logs is where everything that Prebid Server logs in this process goes. It is a variable of the package because
// glog has one destination per process and opens its files once.
var logs struct {
	once sync.Once
	dir  string
	err  error
	own  bool // dir was made here, so RemoveLogs may remove it
}

// RedirectLogs sends glog to files of a temporary directory, before its first line opens them elsewhere. [New] and [Main] do
// it; call it earlier where something logs before New, such as a module that is built first.
func RedirectLogs() error {
	logs.once.Do(func() { logs.dir, logs.own, logs.err = setLogFlags() })
	return logs.err
}

func setLogFlags() (dir string, own bool, err error) {
	dir = flag.Lookup("log_dir").Value.String()
	if dir == "" {
		if dir, err = os.MkdirTemp("", "pbstest-log-"); err != nil {
			return "", false, fmt.Errorf("pbstest: no directory for logs: %w", err)
		}
		own = true
	}
	for name, value := range map[string]string{"log_dir": dir, "stderrthreshold": "FATAL"} {
		err = errors.Join(err, flag.Set(name, value))
	}
	return dir, own, err
}

// LogDir is the directory that holds everything Prebid Server logs in this process: glog's files, one per severity,
// which are up to half a minute behind, and http.log with what net/http says of panics in handlers. It is empty before
// the first New.
func LogDir() string { return logs.dir }

// Logs returns everything logged so far, by all servers of this process. Warnings and errors appear more than once,
// as glog repeats them in the files of the lower severities.
func Logs() ([]byte, error) {
	if logs.dir == "" {
		return nil, nil
	}
	glog.Flush()
	var all []byte
	err := filepath.WalkDir(logs.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() { // glog adds a symbolic link to each file
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, text...)
		return err
	})
	return all, err
}

// RemoveLogs removes the directory of logs, unless the user of the program chose it. Call it at the end of the
// program: what is logged afterwards is lost.
func RemoveLogs() error {
	if !logs.own {
		return nil
	}
	return os.RemoveAll(logs.dir)
}

// Main runs the tests of a package and removes the logs; it never returns. It is for packages whose tests start servers:
//
//	func TestMain(m *testing.M) { pbstest.Main(m) }
func Main(m interface{ Run() int }) {
	flag.Parse() // a -log_dir counts
	if err := RedirectLogs(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := RemoveLogs(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// httpLog is the file for the messages of one server's net/http.
type httpLog struct{ io.WriteCloser }

func openHTTPLog() (*httpLog, error) {
	file, err := os.OpenFile(filepath.Join(logs.dir, "http.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("pbstest: %w", err)
	}
	return &httpLog{file}, nil
}
