package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/uid2rtb/uid2rtb/internal/advice"
	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/module/register/plan"
)

// check reports what is registered, and ends with an error if something is missing.
func (t *tree) check(c *console, config string) error {
	var missing findings
	if err := t.checkTree(c, &missing); err != nil {
		return err
	}
	if config != "" {
		if err := checkConfig(c, config, &missing); err != nil {
			return err
		}
	}
	for _, problem := range missing {
		c.say("MISSING    %s", problem)
	}
	if len(missing) > 0 {
		return advice.New(plural.Count(len(missing), "problem"), "the lines that begin with MISSING name what is wrong", "do what they say after the semicolon or colon, and check again")
	}
	return nil
}

// findings are sentences about what is wrong.
type findings []string

func (f *findings) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func (t *tree) checkTree(c *console, missing *findings) error {
	c.say("server     %s in %s", t.major.serverPath(), t.dir)
	if err := t.foreign(); err != nil {
		return err
	}
	shim, err := readIfThere(t.path(shimFile))
	if err != nil {
		return err
	}
	switch {
	case shim == nil:
		missing.add("%s: register again", shimFile)
	case !strings.Contains(string(shim), `"`+t.major.bindingPath()+`"`):
		missing.add("%s doesn't import %s: register again", shimFile, t.major.bindingPath())
	default:
		c.say("shim       %s", shimFile)
	}
	builder, err := os.ReadFile(t.path(builderFile))
	if err != nil {
		return err
	}
	if strings.Contains(string(builder), `"`+t.major.serverPath()+`/`+moduleDir+`"`) {
		c.say("builder    %s lists uid2.decrypt", builderFile)
	} else {
		missing.add("uid2.decrypt in %s: go generate ./modules/modules.go", builderFile)
	}
	if r, err := t.record(); err != nil {
		return err
	} else if r == nil && shim != nil {
		c.say("note       no %s: -undo will not be byte for byte", recordFile)
	}
	return t.checkRequirement(c, missing)
}

func (t *tree) checkRequirement(c *console, missing *findings) error {
	mod, err := readMod(t.dir)
	if err != nil {
		return err
	}
	path := t.major.bindingPath()
	i := slices.IndexFunc(mod.Require, func(r *modfile.Require) bool { return r.Mod.Path == path })
	if i < 0 {
		missing.add("a requirement of %s in go.mod: register again", path)
		return nil
	}
	for _, r := range mod.Replace {
		if r.Old.Path != path {
			continue
		}
		if strings.HasPrefix(r.New.Path, "./"+vendorDir) {
			c.say("module     %s, copied to %s", path, vendorDir)
		} else {
			c.say("module     %s, from %s", path, r.New.String())
		}
		return nil
	}
	c.say("module     %s, version %s", path, mod.Require[i].Mod.Version)
	return nil
}

// checkConfig looks for what the host's configuration lacks.
func checkConfig(c *console, file string, missing *findings) error {
	root, err := plan.Read(file)
	if err != nil {
		return advice.Wrap("-config: the configuration can't be read", err, "name the host's pbs.yaml or pbs.json")
	}
	found := plan.Check(root)
	for _, problem := range found.Problems {
		missing.add("%v", problem)
	}
	for _, note := range found.Notes {
		c.say("note       %s", note)
	}
	for _, endpoint := range found.Complete {
		c.say("plan       %s has every stage", endpoint)
	}
	return nil
}
