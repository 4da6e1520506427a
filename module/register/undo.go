package main

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"

	"golang.org/x/mod/modfile"
)

// undo takes the module out of the tree, or leaves the tree as it was.
func (t *tree) undo(ctx context.Context, c *console) (err error) {
	if err := t.foreign(); err != nil {
		return err
	}
	switch registered, err := t.registered(); {
	case err != nil:
		return err
	case !registered:
		c.say("Prebid Server %s in %s doesn't have the module uid2.decrypt.", t.major, t.dir)
		return nil
	}
	before, err := t.snapshot()
	if err != nil {
		return err
	}
	defer t.restoreOnError(before, &err)
	if err := t.revert(ctx, c); err != nil {
		return err
	}
	now, err := t.snapshot()
	if err != nil {
		return err
	}
	report(c, before, now)
	if left, _ := os.ReadDir(t.path(moduleDir)); len(left) > 0 {
		c.say("left       %s, which has other files as well", moduleDir)
	}
	c.say("Prebid Server %s in %s no longer has the module uid2.decrypt.", t.major, t.dir)
	return nil
}

// revert makes the tree what it was before it was registered. Of a tree that isn't registered it
// changes nothing.
func (t *tree) revert(ctx context.Context, c *console) error {
	if registered, err := t.registered(); err != nil || !registered {
		return err
	}
	r, err := t.record()
	if err != nil {
		return err
	}
	for _, name := range []string{shimFile, readmeFile, recordFile, vendorDir} {
		if err := t.remove(name); err != nil {
			return err
		}
	}
	if r == nil {
		c.say("note       no %s: taking out what belongs to the module", recordFile)
		r = &record{}
	}
	if err := t.revertBuilder(ctx, c, r); err != nil {
		return err
	}
	return t.revertMod(ctx, c, r) // last, since it looks at what the tree imports
}

// revertMod restores go.mod and go.sum. If the tree's direct requirements aren't those that
// registering left, only what registering added to them goes.
func (t *tree) revertMod(ctx context.Context, c *console, r *record) error {
	now, err := readMod(t.dir)
	if err != nil {
		return err
	}
	was, after, err := r.mods()
	if err != nil {
		return err
	}
	if after == nil || !sameRequirements(now, after) {
		if after != nil {
			c.say("note       go.mod has changed since it was registered: taking out what belongs to the module")
		}
		if err := takeOut(c, now, was, after); err != nil {
			return err
		}
		if err := t.writeMod(now); err != nil {
			return err
		}
		if err := goCommand(ctx, c, t.dir, "mod", "tidy"); err != nil {
			return err
		}
		if now, err = readMod(t.dir); err != nil {
			return err
		}
		if was == nil || !sameRequirements(now, was) {
			return nil
		}
	}
	return t.restoreFiles(r, "go.mod", "go.sum")
}

// revertBuilder restores modules/builder.go. It is generated if it isn't what registering left, or
// if registering found modules that it hadn't listed before.
func (t *tree) revertBuilder(ctx context.Context, c *console, r *record) error {
	now, err := readIfThere(t.path(builderFile))
	if err != nil {
		return err
	}
	was, err := r.before(builderFile)
	if err != nil {
		return err
	}
	listed := slices.DeleteFunc(t.listed(now), func(path string) bool { return path == `"`+t.major.serverPath()+"/"+moduleDir+`"` })
	if string(now) == r.Builder && slices.Equal(listed, t.listed(was)) {
		return t.restoreFiles(r, builderFile)
	}
	return t.generate(ctx, c)
}

// listed are the packages of the tree that a builder.go imports.
func (t *tree) listed(builder []byte) []string {
	return regexp.MustCompile(`"`+regexp.QuoteMeta(t.major.serverPath())+`/modules/[^"]+"`).FindAllString(string(builder), -1)
}

// restoreFiles writes files as the record has them.
func (t *tree) restoreFiles(r *record, names ...string) error {
	for _, name := range names {
		text, err := r.before(name)
		if err != nil {
			return err
		}
		if text == nil {
			err = t.remove(name)
		} else {
			err = t.write(name, text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mods are the tree's go.mod before and after registering, or nil if the record doesn't know.
func (r *record) mods() (was, after *modfile.File, err error) {
	text, err := r.before("go.mod")
	if err != nil || text == nil {
		return nil, nil, err
	}
	if was, err = parseMod(text); err != nil {
		return nil, nil, err
	}
	after, err = parseMod([]byte(r.GoMod))
	return was, after, err
}

// takeOut removes what belongs to the module from a go.mod, and lowers again what registering
// raised, unless it was raised further, or the tree is of another major version by now.
func takeOut(c *console, now, was, after *modfile.File) error {
	if err := dropOurs(now); err != nil || was == nil || was.Module.Mod.Path != now.Module.Mod.Path {
		return err
	}
	if goLine(now) == goLine(after) && was.Go != nil {
		if err := now.AddGoStmt(was.Go.Version); err != nil {
			return err
		}
	}
	lower, current := versions(was), versions(now)
	for _, r := range after.Require {
		v := lower[r.Mod.Path]
		if v == "" || v == r.Mod.Version || current[r.Mod.Path] != r.Mod.Version {
			continue
		}
		if err := now.AddRequire(r.Mod.Path, v); err != nil {
			return err
		}
		c.say("lowered    %s %s to %s", r.Mod.Path, r.Mod.Version, v)
	}
	return nil
}

// sameRequirements reports whether two go.mod files differ in nothing but what go mod tidy derives.
func sameRequirements(a, b *modfile.File) bool { return maps.Equal(substance(a), substance(b)) }

// substance is what somebody decided in a go.mod: everything but the indirect requirements.
func substance(mod *modfile.File) map[string]string {
	all := map[string]string{"go": goLine(mod)}
	if mod.Toolchain != nil {
		all["toolchain"] = mod.Toolchain.Name
	}
	for _, r := range mod.Require {
		if !r.Indirect {
			all[r.Mod.Path] = r.Mod.Version
		}
	}
	for _, r := range mod.Replace {
		all["replace "+r.Old.String()] = r.New.String()
	}
	for _, e := range mod.Exclude {
		all["exclude "+e.Mod.String()] = ""
	}
	return all
}
