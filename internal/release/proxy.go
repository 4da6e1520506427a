package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// publish adds a module of the repository, as its last commit has it, to the directory of a module proxy.
func publish(proxy, repository string, m goModule) error {
	var archive bytes.Buffer
	version := module.Version{Path: m.path(), Version: m.version}
	if err := zip.CreateFromVCS(&archive, version, repository, "HEAD", subdirectory(m)); err != nil {
		return err
	}
	goMod, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(m.dir), "go.mod"))
	if err != nil {
		return err
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{m.version, time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	dir := filepath.Join(proxy, filepath.FromSlash(m.path()), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for suffix, content := range map[string][]byte{".info": info, ".mod": goMod, ".zip": archive.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, m.version+suffix), content, 0o644); err != nil {
			return err
		}
	}
	list, err := os.OpenFile(filepath.Join(dir, "list"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := list.WriteString(m.version + "\n"); err != nil {
		return err
	}
	return list.Close()
}

// subdirectory is where the module is in the repository, empty for the root.
func subdirectory(m goModule) string {
	if m.dir == "." {
		return ""
	}
	return m.dir
}
