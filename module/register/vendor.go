package main

import (
	"context"
	"os"
	"path/filepath"
)

// vendor copies what the tree uses of a checkout into the tree. The go command chooses the files:
// those of the packages that the shim needs, on every system, without tests.
func (t *tree) vendor(ctx context.Context, c *console, s source) error {
	parts, err := s.parts(t.major)
	if err != nil {
		return err
	}
	all, err := os.MkdirTemp("", "uid2rtb-vendor-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(all)
	if err := goCommand(ctx, c, t.dir, "mod", "vendor", "-o", filepath.Join(all, "vendor")); err != nil {
		return err
	}
	if err := t.remove(vendorDir); err != nil {
		return err
	}
	if err := os.CopyFS(t.path(vendorDir), os.DirFS(filepath.Join(all, "vendor", filepath.FromSlash(modulePath)))); err != nil {
		return err
	}
	for _, p := range append(parts, part{path: modulePath}) { // the root's go.mod even if only others are needed
		text, err := os.ReadFile(filepath.Join(s.checkout, filepath.FromSlash(p.dir), "go.mod"))
		if err != nil {
			return err
		}
		if err := t.write(vendorDir+"/"+p.dir+"/go.mod", text); err != nil {
			return err
		}
	}
	if err := t.requireParts(s, func(p part) string { return "./" + filepath.ToSlash(filepath.Join(vendorDir, p.dir)) }); err != nil {
		return err
	}
	return goCommand(ctx, c, t.dir, "mod", "tidy")
}
