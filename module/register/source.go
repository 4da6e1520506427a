package main

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// source says where the module comes from: a checkout or a published version.
type source struct{ checkout, version string }

// complete fills in what the command line doesn't say, and makes sure that a checkout is one.
func (s *source) complete(ctx context.Context, m major) (err error) {
	if *s == (source{}) {
		s.version = m.released(ownVersion())
	}
	if *s == (source{}) {
		s.checkout = checkoutHere(ctx)
	}
	if *s == (source{}) {
		s.version = "latest"
	}
	if s.version != "" {
		return nil
	}
	if s.checkout, err = filepath.Abs(s.checkout); err != nil {
		return err
	}
	mod, err := readMod(s.checkout)
	if err != nil {
		return advice.Wrap("-module "+s.checkout, err, doModule)
	}
	if mod.Module.Mod.Path != modulePath {
		return advice.New("-module "+s.checkout, "it holds "+mod.Module.Mod.Path+", not "+modulePath, doModule)
	}
	return nil
}

const doModule = "name a whole checkout of " + modulePath + ", or use -version V"

// ownVersion is the version that this program was built from.
func ownVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return info.Main.Version
}

// released is the version of the binding in a release of this repository, or empty if the version
// is none. A binding has the major version of its Prebid Server, and for the rest the release's.
func (m major) released(version string) string {
	rest, ok := strings.CutPrefix(version, "v0.")
	if !ok || semver.Prerelease(version)+semver.Build(version) != "" {
		return ""
	}
	return string(m) + "." + rest
}

// checkoutHere is the checkout of the module around the current directory, or empty.
func checkoutHere(ctx context.Context) string {
	output, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{if .Main}}{{.Dir}}{{end}}", modulePath).Output()
	if err != nil {
		return "" // another module, or none
	}
	return strings.TrimSpace(string(output))
}

// part is one of this repository's Go modules that a tree needs.
type part struct {
	path, version string
	dir           string // in a checkout
}

// parts are the binding and what its go.mod requires from this repository.
func (s *source) parts(m major) ([]part, error) {
	dir := path.Join("module", string(m))
	mod, err := readMod(filepath.Join(s.checkout, dir))
	if err != nil {
		return nil, advice.Wrap(fmt.Sprintf("-module %s: no binding for Prebid Server %s in %s", s.checkout, m, dir), err, doModule)
	}
	parts := []part{{path: m.bindingPath(), version: string(m) + ".0.0", dir: dir}}
	for _, r := range mod.Require {
		if isOurs(r.Mod.Path) {
			parts = append(parts, part{
				path: r.Mod.Path, version: r.Mod.Version,
				dir: strings.TrimPrefix(strings.TrimPrefix(r.Mod.Path, modulePath), "/"),
			})
		}
	}
	return parts, nil
}

// dropOurs removes every line about a module of this repository.
func dropOurs(mod *modfile.File) error {
	for _, r := range mod.Require {
		if isOurs(r.Mod.Path) {
			if err := mod.DropRequire(r.Mod.Path); err != nil {
				return err
			}
		}
	}
	for _, r := range mod.Replace {
		if isOurs(r.Old.Path) {
			if err := mod.DropReplace(r.Old.Path, r.Old.Version); err != nil {
				return err
			}
		}
	}
	mod.Cleanup()
	return nil
}

// require makes the tree's go.mod require the module.
func (t *tree) require(ctx context.Context, s source) error {
	if s.checkout != "" {
		return t.requireParts(s, func(p part) string { return filepath.Join(s.checkout, filepath.FromSlash(p.dir)) })
	}
	version, err := goOutput(ctx, t.dir, "list", "-m", "-f", "{{.Version}}", t.major.bindingPath()+"@"+s.version)
	if err != nil {
		return err
	}
	return t.editMod(func(mod *modfile.File) error {
		addRequirement(mod, t.major.bindingPath(), version)
		return nil
	})
}

// requireParts replaces each part of a checkout by the directory that place gives.
func (t *tree) requireParts(s source, place func(part) string) error {
	parts, err := s.parts(t.major)
	if err != nil {
		return err
	}
	return t.editMod(func(mod *modfile.File) error {
		for _, p := range parts {
			addRequirement(mod, p.path, p.version)
			if err := mod.AddReplace(p.path, "", place(p), ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// addRequirement adds a requirement to the block of the direct ones.
func addRequirement(mod *modfile.File, path, version string) {
	r := &modfile.Require{Mod: module.Version{Path: path, Version: version}}
	mod.SetRequireSeparateIndirect(append(slices.Clone(mod.Require), r))
}

// editMod edits the tree's go.mod.
func (t *tree) editMod(edit func(*modfile.File) error) error {
	mod, err := readMod(t.dir)
	if err != nil {
		return err
	}
	if err := edit(mod); err != nil {
		return err
	}
	return t.writeMod(mod)
}
