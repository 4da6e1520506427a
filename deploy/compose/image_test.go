//go:build linux && byhand

package compose_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// checkout is the context of the builds.
const checkout = "../.."

// image is what a stage of a Dockerfile makes.
type image struct {
	Root       string // its files
	Host       bool   // this machine's programs are in it, in place of its own
	Env        map[string]string
	Entrypoint []string
	Cmd        []string
	User       string
	Dir        string
	shell      []string
}

// builder runs the steps of Dockerfiles, in scratch roots.
type builder struct {
	t      *testing.T
	dir    string
	stages map[string]*image // by Dockerfile, arguments and stage
}

// build makes the image of a stage; without a name, of the last one.
func (b *builder) build(dockerfile, target string, args map[string]string) *image {
	b.t.Helper()
	stages := readDockerfile(b.t, dockerfile)
	if target == "" {
		target = stages[len(stages)-1].name
	}
	key := strings.Join(append(environment(args), dockerfile, target), " ")
	if b.stages[key] != nil {
		return b.stages[key]
	}
	i := slices.IndexFunc(stages, func(s stage) bool { return s.name == target })
	if i < 0 {
		b.t.Fatalf("%s has no stage %s", dockerfile, target)
	}
	built := b.from(dockerfile, stages, stages[i].from, args)
	variables := maps.Clone(built.Env)
	for _, s := range stages[i].steps {
		b.run(built, s, variables, args, func(stage string) *image { return b.build(dockerfile, stage, args) })
	}
	b.stages[key] = built
	return built
}

// from makes the root that a stage begins with: of another stage, or of an image that stands for the
// one of that name.
func (b *builder) from(dockerfile string, stages []stage, from string, args map[string]string) *image {
	b.t.Helper()
	if slices.ContainsFunc(stages, func(s stage) bool { return s.name == from }) {
		other := *b.build(dockerfile, from, args)
		root := b.root()
		b.must("cp", "-a", other.Root+"/.", root)
		other.Root, other.Env = root, maps.Clone(other.Env)
		return &other
	}
	switch {
	case strings.HasPrefix(from, "golang:"):
		return b.golang()
	case from == "gcr.io/distroless/static-debian12:nonroot":
		return b.distroless()
	case from == "gcr.io/distroless/static-debian12:debug-nonroot":
		return b.busybox(b.distroless())
	}
	b.t.Fatalf("nothing stands for the image %s", from)
	return nil
}

// run runs one step.
func (b *builder) run(i *image, s step, variables, args map[string]string, stage func(string) *image) {
	b.t.Helper()
	expand := func(text string) string { return os.Expand(text, func(name string) string { return variables[name] }) }
	switch s.name {
	case "ARG":
		name, value, _ := strings.Cut(s.text, "=")
		if given, ok := args[name]; ok {
			value = given
		}
		variables[name] = value
	case "ENV":
		for _, word := range s.words() {
			name, value, _ := strings.Cut(word, "=")
			i.Env[name], variables[name] = expand(value), expand(value)
		}
	case "WORKDIR":
		i.Dir = s.text
		b.mkdir(filepath.Join(i.Root, i.Dir))
	case "SHELL":
		i.shell = s.words()
	case "RUN":
		b.shell(i, s, variables)
	case "COPY":
		b.copy(i, s, stage)
	case "USER":
		i.User = s.text
	case "ENTRYPOINT":
		i.Entrypoint, i.Cmd = s.words(), nil
	case "CMD":
		i.Cmd = s.words()
	case "EXPOSE", "LABEL", "VOLUME": // they only say something
	default:
		b.t.Fatalf("an unknown instruction: %s", s.name)
	}
}

// caches are the directories of this machine that stand for those that a builder keeps.
var caches = map[string]string{"/go/pkg/mod": "GOMODCACHE", "/go/build": "GOCACHE"}

// shell runs a RUN step. It has the network, for the module proxy.
func (b *builder) shell(i *image, s step, variables map[string]string) {
	b.t.Helper()
	c := container{Root: i.Root, Host: i.Host, Dir: i.Dir, Env: environment(variables), Args: append(slices.Clone(i.shell), s.text), Builder: true}
	for _, mount := range s.flags {
		target := strings.TrimPrefix(mount, "mount=type=cache,target=")
		variable, known := caches[target]
		if !known {
			b.t.Fatalf("nothing stands for the cache %s", mount)
		}
		c.Binds = append(c.Binds, bind{Source: b.goEnv(variable), Target: target})
	}
	c.Env = append(c.Env, b.proxy()...)
	b.t.Logf("RUN %s", s.text)
	cmd := c.command()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("%v\n%s", err, out)
	}
}

// proxy returns the variables of this machine that say how to get to the module proxy.
func (b *builder) proxy() (env []string) {
	for _, name := range []string{"GOPROXY", "GOSUMDB", "GONOSUMDB"} {
		env = append(env, name+"="+b.goEnv(name))
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "SSL_CERT_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			env = append(env, variable)
		}
	}
	return env
}

// copy runs a COPY step, from a stage or the checkout.
func (b *builder) copy(i *image, s step, stage func(string) *image) {
	b.t.Helper()
	words := s.words()
	source, target := words[0], words[1]
	if !filepath.IsAbs(target) {
		target = filepath.Join(i.Dir, target)
	}
	target = filepath.Join(i.Root, target)
	b.mkdir(filepath.Dir(target))
	if from := s.flag("from"); from == "" {
		b.context(target)
	} else if source = filepath.Join(stage(from).Root, source); isDir(source) {
		b.mkdir(target)
		b.must("cp", "-R", source+"/.", target)
	} else {
		b.must("cp", source, target)
	}
	if owner := s.flag("chown"); owner != "" {
		b.must("chown", "-R", owner, target)
	}
	if mode := s.flag("chmod"); mode != "" {
		b.must("chmod", "-R", mode, target)
	}
}

// context copies the checkout, but for what .dockerignore names.
func (b *builder) context(target string) {
	b.t.Helper()
	file, err := os.Open(filepath.Join(checkout, ".dockerignore"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer file.Close()
	patterns, err := ignorefile.ReadAll(file)
	if err != nil {
		b.t.Fatal(err)
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		b.t.Fatal(err)
	}
	err = fs.WalkDir(os.DirFS(checkout), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		skip, err := ignored.MatchesOrParentMatches(path)
		switch {
		case err != nil:
			return err
		case skip && entry.IsDir():
			return fs.SkipDir
		case skip || entry.Type()&fs.ModeSymlink != 0:
			return nil
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(target, path), 0o755)
		}
		return copyFile(filepath.Join(target, path), filepath.Join(checkout, path))
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func copyFile(to, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode().Perm())
}

// root makes the directory of another image.
func (b *builder) root() string {
	b.t.Helper()
	root, err := os.MkdirTemp(b.dir, "image-")
	if err != nil {
		b.t.Fatal(err)
	}
	b.mkdir(filepath.Join(root, "tmp"))
	if err := errors.Join(os.Chmod(root, 0o755), os.Chmod(filepath.Join(root, "tmp"), 0o777|fs.ModeSticky)); err != nil {
		b.t.Fatal(err)
	}
	return root
}

// programs makes an image with the programs of this machine, and those of a directory in front of them.
func (b *builder) programs(path string) *image {
	return &image{Root: b.root(), Host: true, Dir: "/", shell: []string{"/bin/sh", "-c"}, Env: map[string]string{
		"PATH": path + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}}
}

// golang stands for an image of that name.
func (b *builder) golang() *image {
	b.t.Helper()
	i := b.programs(filepath.Join(b.goEnv("GOROOT"), "bin"))
	i.Env["GOPATH"], i.Env["HOME"] = "/go", "/root"
	return i
}

// distroless stands for the image static-debian12 of that name, which has what is here and no program.
func (b *builder) distroless() *image {
	b.t.Helper()
	i := &image{Root: b.root(), Dir: "/", User: "65532", shell: []string{"/bin/sh", "-c"}, Env: map[string]string{
		"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
	}}
	for path, text := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
		"etc/group":  "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n",
	} {
		b.mkdir(filepath.Join(i.Root, filepath.Dir(path)))
		if err := os.WriteFile(filepath.Join(i.Root, path), []byte(text), 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	b.mkdir(filepath.Join(i.Root, "etc/ssl/certs"))
	b.must("cp", "/etc/ssl/certs/ca-certificates.crt", filepath.Join(i.Root, "etc/ssl/certs"))
	return i
}

// busybox adds what the images debug of distroless have.
func (b *builder) busybox(i *image) *image {
	b.t.Helper()
	dir := filepath.Join(i.Root, "busybox")
	b.mkdir(dir)
	program, err := exec.LookPath("busybox")
	if err != nil {
		b.t.Fatal(err)
	}
	b.must("cp", program, dir)
	b.must(program, "--install", "-s", dir) // links to this machine's
	links, err := os.ReadDir(dir)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, link := range links {
		if link.Type()&fs.ModeSymlink != 0 {
			b.must("ln", "-sf", "busybox", filepath.Join(dir, link.Name()))
		}
	}
	i.Env["PATH"] += ":/busybox"
	return i
}

func (b *builder) goEnv(name string) string {
	b.t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func (b *builder) mkdir(path string) {
	b.t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		b.t.Fatal(err)
	}
}

func (b *builder) must(program string, args ...string) {
	b.t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		b.t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
