//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// bidRequest is one with a token of this user.
func bidRequest(operator *uid2test.Server, email string) (request, rawUID string) {
	spec := uid2test.TokenSpec{Email: email}
	return fmt.Sprintf(`{"id":"1","user":{"eids":[{"source":"uidapi.com","uids":[{"id":"%s"}]}]}}`, operator.Token(spec)), operator.RawUID(spec).Reveal()
}

// clientOf returns a client of the sidecar at unix:PATH, or at an address.
func clientOf(t *testing.T, at string) *http.Client {
	t.Helper()
	network, address := "tcp", at
	if path, ok := strings.CutPrefix(at, "unix:"); ok {
		network, address = "unix", path
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	transport := &http.Transport{DialContext: dial}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// annotatedBy returns the answer of a sidecar.
func annotatedBy(client *http.Client, request string) (string, error) {
	httpRequest, err := http.NewRequest(http.MethodPost, "http://sidecar/annotate", strings.NewReader(request))
	if err != nil {
		return "", err
	}
	httpRequest.Header.Set("Authorization", "Bearer "+sidecarSecret)
	response, err := client.Do(httpRequest)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %d: %s", response.StatusCode, answer)
	}
	return string(answer), err
}

const sidecarSecret = "0123456789abcdef0123456789abcdef"

// configFile writes a configuration with a store of opt-outs, for the operator in the environment.
func configFile(t *testing.T, more string) string {
	t.Helper()
	return write(t, fmt.Sprintf(`{"uid2": {"base_url": %q, "api_key_env": "UID2_API_KEY", "client_secret_env": "UID2_CLIENT_SECRET"}, "opt_outs": {"store": %q%s}}`,
		os.Getenv("UID2_BASE_URL"), filepath.Join(t.TempDir(), "optouts.db"), more))
}

// TestServe: the program serves at a Unix socket that nobody else may open, and at a port with a
// token, and ends as it is told.
func TestServe(t *testing.T) {
	operator := local(t)
	request, raw := bidRequest(operator, "user@example.com")
	path := filepath.Join(t.TempDir(), "s")
	config, token := configFile(t, ""), write(t, sidecarSecret+"\n")
	for at, args := range map[string][]string{"unix:" + path: nil, "127.0.0.1:0": {"-token-file", token, "-metrics", "127.0.0.1:0"}} {
		p := start(t, nil, append([]string{"serve", "-config", config, "-listen", at}, args...)...)
		isUnix := args == nil
		if !isUnix {
			metrics := after(t, p.lines, "metrics at ")
			at = after(t, p.lines, "listening at ")
			if answer, err := http.Get(metrics); err != nil || answer.StatusCode != http.StatusOK {
				t.Error("no metrics:", err)
			}
		} else {
			after(t, p.lines, "listening at "+path)
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v: %v", info.Mode(), err)
			}
		}
		if answer, err := annotatedBy(clientOf(t, at), request); err != nil || !strings.Contains(answer, raw) {
			t.Errorf("%s: %v", at, err)
		}
		p.terminate(t)
		if _, err := os.Stat(path); err == nil {
			t.Error("the socket is left behind")
		}
	}
}

// TestServeMistakes: whatever is wrong is an error before anything starts, with the setting and
// what to do.
func TestServeMistakes(t *testing.T) {
	local(t)
	dir := t.TempDir()
	in := func(name string) string { return "unix:" + filepath.Join(dir, name) }
	config, token := configFile(t, ""), write(t, sidecarSecret)
	readable, short := write(t, sidecarSecret), write(t, "canary")
	if err := os.Chmod(readable, 0o644); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	live, err := net.Listen("unix", filepath.Join(dir, "live"))
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{"-config", config}, exitUsage, []string{"-listen: it is missing"}},
		{[]string{"-listen", in("s")}, exitUsage, []string{"-when-unknown", "opt_outs"}},
		{[]string{"-config", config, "-listen", in("s"), "-canary"}, exitUsage, []string{"flag"}},
		{[]string{"-config", config, "-listen", in("s"), "-when-unknown", "send"}, exitUsage, []string{"-when-unknown", "exclude"}},
		{[]string{"-config", filepath.Join(dir, "none"), "-listen", in("s")}, exitInput, []string{"-config"}},
		{[]string{"-config", write(t, "{"), "-listen", in("s")}, exitInput, []string{"-config"}},
		{[]string{"-config", write(t, `{"uid2":{"base_url":"canary"}}`), "-listen", in("s")}, exitInput, []string{"-config", "uid2.api_key"}},
		{[]string{"-config", configFile(t, `, "nonsense": 1`), "-listen", in("s")}, exitInput, []string{"-config", "opt_outs.nonsense"}},
		{[]string{"-config", config, "-listen", "canary"}, exitUsage, []string{"-listen", "unix:PATH"}},
		{[]string{"-config", config, "-listen", "0.0.0.0:0", "-token-file", token}, exitUsage, []string{"-listen", "-any-address"}},
		{[]string{"-config", config, "-listen", ":0", "-token-file", token}, exitUsage, []string{"-listen", "-any-address"}},
		{[]string{"-config", config, "-listen", "127.0.0.1:0"}, exitUsage, []string{"-token-file", "unix:PATH"}},
		{[]string{"-config", config, "-listen", taken.Addr().String(), "-token-file", token}, exitFailure, []string{"-listen", "another process has this port"}},
		{[]string{"-config", config, "-listen", in("s"), "-metrics", taken.Addr().String()}, exitFailure, []string{"-metrics", "another process has this port"}},
		{[]string{"-config", config, "-listen", "127.0.0.1:0", "-token-file", readable}, exitInput, []string{"-token-file", "chmod 600"}},
		{[]string{"-config", config, "-listen", "127.0.0.1:0", "-token-file", short}, exitInput, []string{"-token-file", "16"}},
		{[]string{"-config", config, "-listen", "127.0.0.1:0", "-token-file", filepath.Join(dir, "none")}, exitInput, []string{"-token-file"}},
		{[]string{"-config", config, "-listen", in("live")}, exitFailure, []string{"-listen", "another process serves there", "-takeover"}},
		{[]string{"-config", config, "-listen", in("file")}, exitFailure, []string{"-listen", "no socket", "choose another path"}},
		{[]string{"-config", config, "-listen", in("none/s")}, exitFailure, []string{"-listen", "directory", "make the directory"}},
		{[]string{"-config", config, "-listen", "unix:"}, exitUsage, []string{"-listen", "path"}},
		{[]string{"-config", config, "-listen", in(strings.Repeat("s", 200))}, exitUsage, []string{"-listen", "103 bytes"}},
		{[]string{"-config", config, "-listen", in("s"), "-socket-mode", "9"}, exitUsage, []string{"-socket-mode", "octal"}},
		{[]string{"-config", config, "-listen", "127.0.0.1:0", "-token-file", token, "-socket-mode", "0660"}, exitUsage, []string{"-socket-mode"}},
		{[]string{"-config", config, "-listen", "systemd"}, exitUsage, []string{"-listen systemd"}},
		{[]string{"-config", config, "-listen", "systemd", "-takeover"}, exitUsage, []string{"-takeover"}},
		{[]string{"-config", config, "-listen", in("s"), "-max-body", "0"}, exitUsage, []string{"max-body"}},
		{[]string{"-config", config, "-listen", in("s"), "-connections", "0"}, exitUsage, []string{"connections"}},
	} {
		r := uid2(t, "", append([]string{"serve", "-for", "1ms"}, c.args...)...)
		if r.code != c.code || r.out != "" || strings.Contains(r.err, "canary") && !strings.Contains(strings.Join(c.args, " "), "canary") {
			t.Errorf("%v: exit code %d: %s%s", c.args, r.code, r.out, r.err)
		}
		for _, part := range c.says {
			if !strings.Contains(r.err, part) {
				t.Errorf("%v: %q is missing in: %s", c.args, part, r.err)
			}
		}
	}
}

// TestTokenRotation: the token's file is read again while the program serves; what can't be used
// changes nothing.
func TestTokenRotation(t *testing.T) {
	operator := local(t)
	request, _ := bidRequest(operator, "user@example.com")
	file := write(t, "an-old-token-of-26-letters\n"+sidecarSecret)
	p := start(t, nil, "serve", "-config", configFile(t, ""), "-listen", "127.0.0.1:0", "-token-file", file)
	client := clientOf(t, after(t, p.lines, "listening at "))
	for _, step := range []struct {
		text  string
		works bool
	}{{"another-token-in-its-place", false}, {sidecarSecret, true}, {"short", true}, {"another-token-in-its-place", false}} {
		if err := os.WriteFile(file, []byte(step.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			_, err := annotatedBy(client, request)
			if (err == nil) == step.works {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %v", step.text, err)
			}
		}
	}
	p.terminate(t)
}

// TestTokenFIFO: a FIFO that nobody writes to doesn't keep the program from ending.
func TestTokenFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readTokens(path); err == nil {
		t.Error("it has a token")
	}
}

// TestServeSaysNothing: nothing that clients send, and no raw UID, is in what the program says, or
// in its metrics.
func TestServeSaysNothing(t *testing.T) {
	operator := local(t)
	request, raw := bidRequest(operator, "user@example.com")
	path := filepath.Join(t.TempDir(), "s")
	var said strings.Builder
	p := exec.Command(os.Args[0], "serve", "-config", configFile(t, ""), "-listen", "unix:"+path)
	p.Env, p.Stdout, p.Stderr = append(os.Environ(), asProgram+"=1"), &said, &said
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	defer p.Process.Kill()
	client := clientOf(t, "unix:"+path)
	for {
		if answer, err := annotatedBy(client, request); err == nil {
			if !strings.Contains(answer, raw) {
				t.Error("no raw UID in the answer")
			}
			break
		}
		time.Sleep(time.Millisecond)
	}
	for _, garbage := range []string{"canary", "POST /canary HTTP/1.1\r\nContent-Length: canary\r\n\r\n", "POST /annotate HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\ncanary"} {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%s\r\nConnection: close\r\n\r\n", garbage)
		conn.(*net.UnixConn).CloseWrite()
		io.Copy(io.Discard, conn)
		conn.Close()
	}
	answer, err := client.Get("http://sidecar/metrics")
	if err != nil {
		t.Fatal(err)
	}
	metrics, _ := io.ReadAll(answer.Body)
	p.Process.Signal(syscall.SIGTERM)
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{"the log": said.String(), "the metrics": string(metrics)} {
		if strings.Contains(text, "canary") || strings.Contains(text, raw) {
			t.Errorf("%s has what a client sent: %s", name, text)
		}
	}
}
