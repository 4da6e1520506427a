//go:build linux && byhand

// Package compose_test runs the steps of the Dockerfiles and the services of the compose file by
// hand, where there is no container engine: from the same files, in the order that they say, each
// service with its own root, which is read-only where the compose file says so, its mounts, its
// unprivileged user and no capability. It needs root, on Linux, and programs that the images that
// aren't built here have: nats-server and prometheus.
package compose_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"golang.org/x/sys/unix"
)

// asMachine, in the environment, makes this test binary run the services, with the images that it
// names, in a network of its own.
const asMachine = "BYHAND_IMAGES"

var versions = flag.String("pbs", "v3.30.0", "`versions` of Prebid Server to run everything with, separated by commas")

// TestCompose builds the images and runs everything.
func TestCompose(t *testing.T) {
	b := &builder{t: t, dir: t.TempDir(), stages: map[string]*image{}}
	project := load(t)
	for version := range strings.SplitSeq(*versions, ",") {
		b.machine(b.images(project, map[string]string{"PBS": version}))
	}
	b.kubernetes()
}

// kubernetes has a NATS server and a Prebid Server read what the manifests give them.
func (b *builder) kubernetes() {
	b.t.Helper()
	nats := container{
		Root: b.natsServer().Root, Host: true, ReadOnly: true, Dir: "/", User: "65532",
		Binds: []bind{{Source: "../kubernetes", Target: "/etc/nats", ReadOnly: true}},
		Env:   []string{"PATH=/programs", "NATS_NAME=nats-0", "NATS_USER=fleet", "NATS_PASSWORD=0123456789abcdef"},
		Args:  []string{"nats-server", "-t", "-c", "/etc/nats/nats.conf"},
	}
	for i := range 3 {
		nats.Env = append(nats.Env, fmt.Sprintf("NATS_ROUTE_%d=nats://fleet:0123456789abcdef@nats-%d.nats:6222", i, i))
	}
	if out, err := nats.command().CombinedOutput(); err != nil {
		b.t.Errorf("nats.conf: %v\n%s", err, out)
	}
}

// images makes the images of a project.
func (b *builder) images(project *types.Project, args map[string]string) map[string]*image {
	b.t.Helper()
	images := map[string]*image{}
	for _, name := range project.ServiceNames() {
		config := project.Services[name]
		if config.Build == nil || images[config.Image] != nil {
			continue
		}
		dockerfile, given := filepath.Join(config.Build.Context, config.Build.Dockerfile), map[string]string(nil)
		if config.Image == "prebid-server-uid2" {
			given = args
		}
		images[config.Image] = b.build(dockerfile, config.Build.Target, given)
	}
	images[project.Services["nats-1"].Image] = b.natsServer()
	images[project.Services["prometheus"].Image] = b.prometheus()
	return images
}

// machine runs TestMachine, in a network of its own, where it can't meet other processes.
func (b *builder) machine(images map[string]*image) {
	b.t.Helper()
	text, err := json.Marshal(images)
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestMachine$", "-test.v")
	cmd.Env = append(os.Environ(), asMachine+"="+string(text))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL,
	}
	if err := cmd.Run(); err != nil {
		b.t.Error(err)
	}
}

// TestMachine runs the services in the network and among the processes that TestCompose has made for
// it.
func TestMachine(t *testing.T) {
	text := os.Getenv(asMachine)
	if text == "" {
		return // TestCompose runs it
	}
	m := &machine{t: t, dir: t.TempDir(), project: load(t), services: map[string]*service{}}
	if err := json.Unmarshal([]byte(text), &m.images); err != nil {
		t.Fatal(err)
	}
	m.network()
	for _, name := range m.project.ServiceNames() {
		m.start(name)
	}
	m.confined()
	m.ready()
	m.auction()
	m.sidecar()
	m.watched()
	m.stop()
	m.nothingSaid()
}

// network gives each service its name and an address on loopback.
func (m *machine) network() {
	m.t.Helper()
	hosts := "127.0.0.1 localhost\n"
	for i, name := range m.project.ServiceNames() {
		hosts += fmt.Sprintf("127.0.1.%d %s\n", i+1, name)
	}
	file := filepath.Join(m.dir, "hosts")
	if err := os.WriteFile(file, []byte(hosts), 0o644); err != nil {
		m.t.Fatal(err)
	}
	for _, err := range []error{
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", "/proc", "proc", 0, ""),
		unix.Mount(file, "/etc/hosts", "", unix.MS_BIND, ""),
		exec.Command("ip", "link", "set", "lo", "up").Run(),
	} {
		if err != nil {
			m.t.Fatal(err)
		}
	}
}

// confined wants the way in which services are run here to hold: as nobody in particular, without a
// place to write to but what is theirs.
func (m *machine) confined() {
	m.t.Helper()
	const try = "id -u; grep -hE '^(CapEff|CapBnd|NoNewPrivs):' /proc/self/status; touch /x /etc/x /run/secrets/x /demo/x 2>&1 | grep -c 'Read-only'"
	const want = "65532\nCapBnd:\t0000000000000000\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n4\n"
	got, err := m.run("operator", "sh", "-c", try)
	if lines := strings.Split(got, "\n"); len(lines) > 3 {
		slices.Sort(lines[1:4]) // as they come in no order that matters
		got = strings.Join(lines, "\n")
	}
	if err != nil || got != want {
		m.t.Errorf("%v\n%s", err, got)
	}
}

// ready waits until each part that has keys and opt-outs is ready, as a probe of it would.
func (m *machine) ready() {
	m.t.Helper()
	for _, address := range []string{"prebid-server:9464", "receiver:8301", "prebid-server:8311"} {
		for _, path := range []string{"/healthz", "/readyz"} {
			m.until(address+path, func() bool {
				response, err := http.Get("http://" + address + path)
				if err != nil {
					return false
				}
				response.Body.Close()
				return response.StatusCode == http.StatusOK
			})
		}
	}
}

// auction plays the auction of the demonstration: the listed bidder pays for a user that it knows, and
// doesn't bid on one who has opted out by the webhook; the other one never knows the user.
func (m *machine) auction() {
	m.t.Helper()
	const want = `A user who has not opted out:
  appnexus bids 0.4 USD
  thetradedesk bids 1.8 USD
The same user, having opted out:
  appnexus bids 0.4 USD
`
	said, err := m.run("operator", "sh", "/demo/auction.sh", optedOut)
	if err != nil || said != want {
		m.t.Fatalf("%v\n%s\nPrebid Server: %s", err, said, m.services["prebid-server"].output(m.t))
	}
	m.t.Logf("docker compose exec operator sh /demo/auction.sh:\n%s", said)
}

// optedOut opts out in the auction.
const optedOut = "opted-out@example.com"

// sidecar asks the sidecar about a user who has opted out by then, and about another one.
func (m *machine) sidecar() {
	m.t.Helper()
	socket := filepath.Join(m.dir, "volumes", "socket", "sidecar.sock")
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	for email, want := range map[string]string{optedOut: `"status":"UserOptedOut"`, "user@example.com": `"status":"Success"`} {
		token, err := m.run("operator", "sh", "-c", ". /demo/credentials.sh; uid2 generate -token -email "+email)
		if err != nil {
			m.t.Fatal(err, token)
		}
		request := `{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"` + strings.TrimSpace(token) + `"}]}]}}`
		response, err := client.Post("http://sidecar/annotate", "application/json", strings.NewReader(request))
		if err != nil {
			m.t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || !strings.Contains(string(answer), want) {
			m.t.Errorf("%s: %v, not %s", email, err, want)
		}
	}
}

// watched wants Prometheus to reach all that it is told to watch, and to have the rules.
func (m *machine) watched() {
	m.t.Helper()
	m.until("Prometheus reaches all targets", func() bool {
		up := m.query(`/api/v1/query?query=up==1`)
		all := m.query(`/api/v1/query?query=count(up)`)
		return strings.Count(up, `"__name__":"up"`) == 4 && strings.Contains(all, `"4"`)
	})
	m.until("the receiver, the module and the sidecar all know who opted out", func() bool {
		return strings.Count(m.query(`/api/v1/query?query=uid2_optout_users>0`), `"__name__"`) == 3
	})
	if rules := strings.Count(m.query("/api/v1/rules"), `"query":`); rules == 0 {
		m.t.Error("Prometheus has no rules")
	}
}

func (m *machine) query(path string) string {
	m.t.Helper()
	response, err := http.Get("http://prometheus:9090" + strings.NewReplacer("=1", "%3D1", "==", "%3D%3D", ">", "%3E").Replace(path))
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	var answer json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err.Error()
	}
	return string(answer)
}

// nothingSaid wants no secret in what the services have said.
func (m *machine) nothingSaid() {
	m.t.Helper()
	secrets := filepath.Join(m.dir, "volumes", "secrets")
	for _, file := range []string{"webhook-token", "api-key", "client-secret", "grafana-password"} {
		secret, err := os.ReadFile(filepath.Join(secrets, file))
		if err != nil {
			m.t.Fatal(err)
		}
		for name, s := range m.services {
			said, err := os.ReadFile(s.said)
			if err != nil {
				m.t.Fatal(err)
			}
			if strings.Contains(string(said), strings.TrimSpace(string(secret))) {
				m.t.Errorf("%s prints %s", name, file)
			}
		}
	}
}

// TestHardened: each service is read-only and without capabilities, and what is reachable from outside
// is so from this machine only.
func TestHardened(t *testing.T) {
	for name, config := range load(t).Services {
		if !config.ReadOnly || !slices.Equal(config.CapDrop, []string{"ALL"}) || !slices.Contains(config.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s isn't hardened", name)
		}
		for _, port := range config.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: the port %s is open to others", name, port.Published)
			}
		}
		for _, volume := range config.Volumes {
			if volume.Type == types.VolumeTypeBind && !volume.ReadOnly {
				t.Errorf("%s may write to %s", name, volume.Source)
			}
			if _, err := os.Stat(volume.Source); volume.Type == types.VolumeTypeBind && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// natsServer stands for the image of that name, with the version that the tests use.
func (b *builder) natsServer() *image {
	b.t.Helper()
	programs := filepath.Join(b.dir, "programs")
	install := exec.Command("go", "install", "github.com/nats-io/nats-server/v2@v2.15.2")
	install.Env = append(os.Environ(), "GOBIN="+programs, "CGO_ENABLED=0", "GOWORK=off")
	if out, err := install.CombinedOutput(); err != nil {
		b.t.Fatalf("%v\n%s", err, out)
	}
	i := b.programs("/programs")
	b.must("cp", "-R", programs, i.Root)
	return i
}

// prometheus stands for the image of that name, with the version that this machine has.
func (b *builder) prometheus() *image {
	b.t.Helper()
	i := b.programs("/usr/bin")
	i.User, i.Entrypoint = "65534", []string{"prometheus"}
	return i
}
