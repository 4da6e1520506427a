//go:build interop

package interop

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// tool finds a program, or fails the test with what to do about it.
func tool(t testing.TB, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: install %s", name, install)
	}
	return path
}

// run runs a program and returns what it says.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// installed calls install with a directory in the user's cache, unless that was done before for the same files. A
// directory gets its name only when it is complete.
func installed(t testing.TB, name string, install func(dir string), files ...string) (dir string) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		hash.Write(text)
	}
	dir = filepath.Join(cache, "uid2rtb-interop", fmt.Sprintf("%s-%x", name, hash.Sum(nil)[:8]))
	marker := filepath.Join(dir, "complete")
	if _, err := os.Stat(marker); err == nil {
		return dir
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	install(dir)
	if err := os.WriteFile(marker, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// pythonCommand returns the command that starts the driver of the Python SDK.
func pythonCommand(t testing.TB) *exec.Cmd { return pythonScript(t, "python/driver.py") }

// pythonScript installs the Python SDK and returns the command that starts a program that uses it.
func pythonScript(t testing.TB, script string) *exec.Cmd {
	t.Helper()
	python := tool(t, "python3", "Python 3 with its modules venv and pip")
	dir := installed(t, "python", func(dir string) {
		run(t, python, "-m", "venv", dir)
		run(t, filepath.Join(dir, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", "python/requirements.txt")
	}, "python/requirements.txt")
	return exec.Command(filepath.Join(dir, "bin", "python"), script)
}

// javaCommand returns the command that starts the driver of the Java SDK.
func javaCommand(t testing.TB) *exec.Cmd { return javaMain(t, "com.uid2.client.Driver") }

// javaMain installs the Java SDK, compiles the programs that use it and returns the command that starts one.
func javaMain(t testing.TB, main string) *exec.Cmd {
	t.Helper()
	java := tool(t, "java", "a JDK")
	programs := []string{"java/com/uid2/client/Driver.java", "java/com/uid2rtb/bidder/Bidder.java", runners + "/java/com/uid2/client/Vectors.java"}
	dir := installed(t, "java", func(dir string) {
		path := filepath.Join(dir, "classpath")
		run(t, tool(t, "mvn", "Maven"), "-q", "-B", "-f", "java/pom.xml", "dependency:build-classpath", "-Dmdep.outputFile="+path)
		run(t, tool(t, "javac", "a JDK"), append([]string{"-d", dir, "-cp", read(t, path)}, programs...)...)
	}, append(programs, "java/pom.xml")...)
	classpath := dir + string(os.PathListSeparator) + read(t, filepath.Join(dir, "classpath"))
	return exec.Command(java, "-cp", classpath, main)
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// TestVersions says what is tested.
func TestVersions(t *testing.T) {
	pythonCommand(t)
	javaCommand(t)
	t.Logf("%s; %s", read(t, "python/requirements.txt"), runtime.Version())
}
