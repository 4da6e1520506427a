//go:build linux && byhand

package compose_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// container is what a process runs in: an image's files as its root, its own mounts and processes, an
// unprivileged user. Its network is that of this process.
type container struct {
	Root     string
	Host     bool // this machine's programs are in it
	ReadOnly bool
	Binds    []bind
	Tmpfs    []tmpfs
	Alone    bool // without a network
	Builder  bool // may do what a builder's steps may: everything, in its root
	Env      []string
	Args     []string
	Dir      string
	User     string
}

// bind is a file or directory of this machine in a container.
type bind struct {
	Source, Target string
	ReadOnly       bool
}

// tmpfs is an empty directory that is gone with the container.
type tmpfs struct{ Target, Options string }

// asInit, in the environment, makes this test binary the first process of a container.
const asInit = "BYHAND_CONTAINER"

// command returns the command that runs the container.
func (c *container) command() *exec.Cmd {
	spec, err := json.Marshal(c)
	if err != nil {
		panic(err) // it has nothing that can't be written
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{asInit + "=" + string(spec), "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS, Pdeathsig: syscall.SIGKILL}
	if c.Alone {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWNET
	}
	return cmd
}

// become makes this process what the specification says. It returns only if that fails.
func become(spec string) error {
	runtime.LockOSThread() // some of what follows is the thread's
	var c container
	if err := json.Unmarshal([]byte(spec), &c); err != nil {
		return err
	}
	if err := c.mount(); err != nil {
		return err
	}
	if c.Alone {
		if err := exec.Command("ip", "link", "set", "lo", "up").Run(); err != nil {
			return err
		}
	}
	if err := errors.Join(syscall.Chroot(c.Root), os.Chdir(c.Dir)); err != nil {
		return err
	}
	os.Clearenv()
	for _, variable := range c.Env {
		name, value, _ := strings.Cut(variable, "=")
		os.Setenv(name, value)
	}
	program, err := exec.LookPath(c.Args[0])
	if err != nil {
		return err
	}
	if !c.Builder {
		if err := c.unprivileged(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w", program, syscall.Exec(program, c.Args, c.Env))
}

// hostDirs are those of this machine's programs.
var hostDirs = []string{"/bin", "/lib", "/lib64", "/sbin", "/usr"}

// mount mounts the root and everything in it.
func (c *container) mount() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount(c.Root, c.Root, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	binds := []bind{{Source: "/proc", Target: "/proc"}}
	for _, device := range []string{"null", "zero", "random", "urandom"} {
		binds = append(binds, bind{Source: "/dev/" + device, Target: "/dev/" + device})
	}
	if c.Host {
		for _, dir := range hostDirs {
			binds = append(binds, bind{Source: dir, Target: dir, ReadOnly: true})
		}
	}
	if c.Builder {
		binds = append(binds, bind{Source: "/etc", Target: "/etc", ReadOnly: true}) // the way to the module proxy
	}
	binds = append(binds, bind{Source: "/etc/hosts", Target: "/etc/hosts", ReadOnly: true})
	for _, b := range append(binds, c.Binds...) {
		if err := c.bind(b); err != nil {
			return fmt.Errorf("%s: %w", b.Target, err)
		}
	}
	for _, empty := range c.Tmpfs {
		target := filepath.Join(c.Root, empty.Target)
		if err := errors.Join(os.MkdirAll(target, 0o755), unix.Mount("tmpfs", target, "tmpfs", 0, empty.Options)); err != nil {
			return fmt.Errorf("%s: %w", empty.Target, err)
		}
	}
	if !c.ReadOnly {
		return nil
	}
	return unix.Mount("", c.Root, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
}

// bind mounts a file or a directory, for which it makes a place.
func (c *container) bind(b bind) error {
	info, err := os.Stat(b.Source)
	if err != nil {
		return err
	}
	target := filepath.Join(c.Root, b.Target)
	if _, err := os.Stat(target); err != nil {
		if info.IsDir() {
			err = os.MkdirAll(target, 0o755)
		} else {
			err = errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, nil, 0o644))
		}
		if err != nil {
			return err
		}
	}
	if err := unix.Mount(b.Source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil || !b.ReadOnly {
		return err
	}
	return unix.Mount("", target, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
}

// unprivileged takes all capabilities from this process, and the ways to new ones, and makes it the
// user's. Of the users that an image may name, there are two.
func (c *container) unprivileged() error {
	user, _, _ := strings.Cut(c.User, ":")
	id, err := strconv.Atoi(map[string]string{"": "0", "root": "0", "nobody": "65534"}[user] + strings.Trim(user, "abcdefghijklmnopqrstuvwxyz"))
	if err != nil {
		return fmt.Errorf("user %q: %w", c.User, err)
	}
	for capability := uintptr(0); unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0) == nil; capability++ {
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return errors.Join(syscall.Setgroups(nil), syscall.Setgid(id), syscall.Setuid(id))
}
