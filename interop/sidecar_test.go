//go:build interop

package interop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// uid2Command builds the program.
func uid2Command(t testing.TB) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "uid2")
	run(t, "go", "build", "-o", path, "github.com/uid2rtb/uid2rtb/cmd/uid2")
	return path
}

// serving starts uid2 serve for an operator, and returns its command and where it listens.
func serving(t testing.TB, uid2 string, operator *uid2test.Server, args ...string) (command *exec.Cmd, at string) {
	t.Helper()
	command = exec.Command(uid2, append([]string{"serve", "-when-unknown", "send"}, args...)...)
	return command, started(t, command, operator)
}

// started starts a bidder with the operator's credentials, which ends with the test. It returns where it says that it listens.
func started(t testing.TB, command *exec.Cmd, operator *uid2test.Server) (at string) {
	t.Helper()
	command.Env = append(os.Environ(), "UID2_BASE_URL="+operator.URL, "UID2_API_KEY="+operator.Client().APIKey, "UID2_CLIENT_SECRET="+operator.Client().ClientSecret)
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it may have processes of its own
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-command.Process.Pid, syscall.SIGTERM)
		command.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v doesn't start: %v", command.Args, err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "listening at "))
}

// documented returns the only block of a language in the page of the sidecar.
func documented(t testing.TB, language string) string {
	t.Helper()
	page, err := os.ReadFile("../docs/sidecar.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(page), "\n```"+language+"\n")
	if len(parts) != 2 {
		t.Fatalf("%d blocks of %s", len(parts)-1, language)
	}
	block, _, _ := strings.Cut(parts[1], "\n```\n")
	return block + "\n"
}

// TestSidecarClients runs the clients of docs/sidecar.md as they stand there.
func TestSidecarClients(t *testing.T) {
	operator, uid2 := start(t), uid2Command(t)
	dir := t.TempDir()
	socket, token := filepath.Join(dir, "s"), filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("0123456789abcdef0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	serving(t, uid2, operator, "-listen", "unix:"+socket)
	_, port := serving(t, uid2, operator, "-listen", "127.0.0.1:0", "-token-file", token)
	spec := uid2test.TokenSpec{Email: "user@example.com"}
	request := fmt.Sprintf(`{"id":"é","user":{"eids":[{"source":"uidapi.com","uids":[{"id":"%s"}]}]}}`, operator.Token(spec))
	for _, client := range []struct{ language, program, install, file string }{
		{"python", "python3", "Python 3", "sidecar.py"},
		{"js", "node", "Node.js", "sidecar.js"},
		{"java", "java", "a JDK", "Sidecar.java"},
	} {
		t.Run(client.language, func(t *testing.T) {
			file := filepath.Join(dir, client.file)
			if err := os.WriteFile(file, []byte(documented(t, client.language)), 0o600); err != nil {
				t.Fatal(err)
			}
			for input, want := range map[string]string{request: operator.RawUID(spec).Reveal(), "canary": ""} {
				command := exec.Command(tool(t, client.program, client.install), file)
				command.Env = append(os.Environ(), "UID2_SOCKET="+socket, "UID2_URL=http://"+port, "UID2_TOKEN_FILE="+token)
				command.Stdin = strings.NewReader(input)
				var errs strings.Builder
				command.Stderr = &errs
				out, err := command.Output()
				if want == "" {
					if err == nil || strings.Contains(errs.String(), input) || !strings.Contains(errs.String(), "no bid request") {
						t.Errorf("garbage: %v\n%s", err, errs.String())
					}
					continue
				}
				if err != nil {
					t.Fatalf("%v\n%s", err, errs.String())
				}
				if got := rawIn(t, out); got != want {
					t.Error("another raw UID, or none")
				}
			}
		})
	}
}

// rawIn returns the raw UID in an annotated bid request.
func rawIn(t testing.TB, request []byte) string {
	t.Helper()
	var parsed struct {
		ID   string
		User struct {
			EIDs []struct {
				UIDs []struct {
					Ext struct{ UID2 struct{ Raw string } }
				}
			}
		}
	}
	if err := json.Unmarshal(request, &parsed); err != nil || parsed.ID != "é" || len(parsed.User.EIDs) != 1 || len(parsed.User.EIDs[0].UIDs) != 1 {
		t.Fatalf("it isn't the request: %v", err)
	}
	return parsed.User.EIDs[0].UIDs[0].Ext.UID2.Raw
}
