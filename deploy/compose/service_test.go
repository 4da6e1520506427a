//go:build linux && byhand

package compose_test

import (
	"cmp"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// load reads the compose file.
func load(t *testing.T) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"compose.yml"})
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// notHere are the services of which no registry that is reached here has the program.
var notHere = []string{"grafana"}

// machine runs the services of a project.
type machine struct {
	t        *testing.T
	dir      string // with the volumes and what the services say
	project  *types.Project
	images   map[string]*image
	started  []string
	services map[string]*service
}

// service is one that was started.
type service struct {
	container container
	process   *exec.Cmd
	said      string        // the file with its output
	ended     chan struct{} // closed when it has
}

// start starts a service after those that it depends on.
func (m *machine) start(name string) {
	m.t.Helper()
	if m.services[name] != nil || slices.Contains(notHere, name) {
		return
	}
	config := m.project.Services[name]
	for _, other := range slices.Sorted(maps.Keys(config.DependsOn)) {
		m.start(other)
	}
	for other, needed := range config.DependsOn {
		m.await(other, needed.Condition)
	}
	s := &service{container: m.container(config), said: filepath.Join(m.dir, name+".log"), ended: make(chan struct{})}
	s.process = s.container.command()
	said, err := os.Create(s.said)
	if err != nil {
		m.t.Fatal(err)
	}
	defer said.Close()
	s.process.Stdout, s.process.Stderr = said, said
	if err := s.process.Start(); err != nil {
		m.t.Fatal(err)
	}
	go func() {
		s.process.Wait() // ProcessState says how it ended
		close(s.ended)
	}()
	m.services[name] = s
	m.started = append(m.started, name)
	m.t.Logf("started %s: %s", name, strings.Join(s.container.Args, " "))
}

// await waits until a service is as another one needs it.
func (m *machine) await(name, condition string) {
	m.t.Helper()
	s := m.services[name]
	switch condition {
	case types.ServiceConditionCompletedSuccessfully:
		<-s.ended
		if !s.process.ProcessState.Success() {
			m.t.Fatalf("%s: %v\n%s", name, s.process.ProcessState, s.output(m.t))
		}
	case types.ServiceConditionHealthy:
		check := m.project.Services[name].HealthCheck
		if check == nil || check.Test[0] != "CMD-SHELL" {
			m.t.Fatalf("%s has no check of its health that a shell runs", name)
		}
		m.until(name+" is healthy", func() bool {
			_, err := m.run(name, "sh", "-c", check.Test[1])
			return err == nil
		})
	case types.ServiceConditionStarted:
		s.mustRun(m.t, name)
	}
}

// run runs a command in the container of a service, as exec does, and returns what it prints.
func (m *machine) run(name string, args ...string) (string, error) {
	c := m.services[name].container
	c.Args = args
	out, err := c.command().CombinedOutput()
	return string(out), err
}

// until waits for something, for two minutes at most.
func (m *machine) until(what string, done func() bool) {
	m.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
		for name, s := range m.services {
			if name != "secrets" {
				s.mustRun(m.t, name)
			}
		}
		if time.Now().After(deadline) {
			for name, s := range m.services {
				m.t.Logf("%s: %s", name, s.output(m.t))
			}
			m.t.Fatalf("not so: %s", what)
		}
	}
}

// stop stops all services, the last one first, and wants each to end properly.
func (m *machine) stop() {
	m.t.Helper()
	for _, name := range slices.Backward(m.started) {
		s := m.services[name]
		s.process.Process.Signal(syscall.SIGTERM) // an error means that it has ended
		select {
		case <-s.ended:
		case <-time.After(time.Minute):
			s.process.Process.Kill()
			m.t.Errorf("%s doesn't end", name)
		}
		// A NATS server ends with status 1 after SIGTERM while it has clients.
		if !s.process.ProcessState.Success() && !strings.HasPrefix(name, "nats-") {
			m.t.Errorf("%s: %v\n%s", name, s.process.ProcessState, s.output(m.t))
		}
	}
}

func (s *service) mustRun(t *testing.T, name string) {
	t.Helper()
	select {
	case <-s.ended:
		t.Fatalf("%s has ended: %v\n%s", name, s.process.ProcessState, s.output(t))
	default:
	}
}

// output returns the end of what a service has said.
func (s *service) output(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.said)
	if err != nil {
		t.Fatal(err)
	}
	return string(text[max(0, len(text)-4000):])
}

// container makes the container of a service: what its image says, and what the compose file says of it.
func (m *machine) container(config types.ServiceConfig) container {
	m.t.Helper()
	i := m.images[config.Image]
	if i == nil {
		m.t.Fatalf("%s: no image %s", config.Name, config.Image)
	}
	variables := maps.Clone(i.Env)
	for name, value := range config.Environment {
		variables[name] = *value
	}
	entrypoint, command := i.Entrypoint, i.Cmd
	if len(config.Entrypoint) > 0 {
		entrypoint, command = config.Entrypoint, nil
	}
	if len(config.Command) > 0 {
		command = config.Command
	}
	c := container{
		Root: i.Root, Host: i.Host, ReadOnly: config.ReadOnly, Alone: config.NetworkMode == "none", Env: environment(variables),
		Args: slices.Concat(entrypoint, command), Dir: i.Dir, User: cmp.Or(config.User, i.User),
	}
	for _, volume := range config.Volumes {
		b := bind{Source: volume.Source, Target: volume.Target, ReadOnly: volume.ReadOnly}
		if volume.Type == types.VolumeTypeVolume {
			b.Source = m.volume(volume.Source, filepath.Join(i.Root, volume.Target), c.User)
		}
		c.Binds = append(c.Binds, b)
	}
	return c
}

// volume returns the directory of a volume, which is made like the one of the image that it covers
// first.
func (m *machine) volume(name, covered, user string) string {
	m.t.Helper()
	dir := filepath.Join(m.dir, "volumes", name)
	if isDir(dir) {
		return dir
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		m.t.Fatal(err)
	}
	info, err := os.Stat(covered)
	if err != nil { // of an image that isn't built here: it belongs to the image's user
		if id, err := strconv.Atoi(user); err == nil {
			os.Chown(dir, id, id)
		}
		return dir
	}
	owner := info.Sys().(*syscall.Stat_t)
	if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Chmod(dir, info.Mode().Perm()); err != nil {
		m.t.Fatal(err)
	}
	return dir
}
