package disktest

import (
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// Environment variables of a process that InProcesses starts.
const (
	directory = "DISKTEST_DIRECTORY"
	mayMount  = "DISKTEST_MAY_MOUNT"
)

// InProcesses runs a test of this binary in two processes of its own: one that may mount file
// systems, where that is allowed, and one that may not, even if it is root's. The latter can limit
// the size of its files, which also makes a write fail halfway.
func InProcesses(t *testing.T, test string) {
	t.Helper()
	for _, mount := range []bool{true, false} {
		c := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.v")
		c.Env = append(os.Environ(), directory+"="+t.TempDir())
		if mount {
			c.Env = append(c.Env, mayMount+"=yes")
			c.SysProcAttr = OwnFileSystems()
		}
		out, err := c.CombinedOutput()
		if mount && err != nil && !strings.Contains(string(out), "--- FAIL") {
			t.Logf("no file system of its own here (%v): only the size of files is limited", err)
			continue
		}
		if err != nil {
			t.Errorf("mounted %v: %v\n%s", mount, err, out)
		}
		t.Logf("mounted %v: %s", mount, out)
	}
}

// Directory returns an empty directory for the process, or "" in a process that InProcesses hasn't
// started.
func Directory() string { return os.Getenv(directory) }

// OwnFileSystems lets an unprivileged process mount file systems that only it and its children can
// see.
func OwnFileSystems() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
}

// Mount mounts a file system in memory, with a size in the syntax of tmpfs, on a directory until
// the test ends, and reports whether it did.
func Mount(t *testing.T, dir, size string) bool {
	t.Helper()
	if os.Getenv(mayMount) == "" || syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+",mode=700") != nil {
		return false
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	t.Log("a file system of " + size)
	return true
}

// LimitFiles limits the size of this process's files until lift is called.
func LimitFiles(t *testing.T, bytes uint64) (lift func() error) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	t.Logf("files of at most %d bytes", bytes)
	return func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit) }
}
