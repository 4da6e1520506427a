package main

import (
	"embed"
	"regexp"
	"slices"
	"strings"
)

// configFiles are the configurations to paste. Tests hold them equal to what the documentation
// shows.
//
//go:embed config
var configFiles embed.FS

// configs says what each of them is.
var configs = []struct{ name, about string }{
	{"minimal.yaml", "host configuration, with the execution plan of the host"},
	{"minimal.json", "the same as JSON"},
	{"full.yaml", "host configuration with every setting and every stage; choose from it"},
	{"full.json", "the same as JSON"},
	{"default-account.yaml", "host configuration, with the execution plan of accounts instead of the host's: never plan the module in both"},
	{"default-account.json", "the same as JSON"},
	{"account.json", "one account's configuration: a plan of its own, and which of the host's bidders get raw UIDs"},
}

func configNames() string {
	var names []string
	for _, config := range configs {
		names = append(names, config.name)
	}
	return strings.Join(names, ", ")
}

func isConfigName(name string) bool {
	return name == "all" || name == "none" || slices.Contains(strings.Split(configNames(), ", "), name)
}

func configText(name string) string {
	text, err := configFiles.ReadFile("config/" + name)
	if err != nil {
		panic(err) // a test reads all of them
	}
	return string(text)
}

// printConfig prints one of the configurations, or all.
func printConfig(c *console, which string) {
	for _, config := range configs {
		if which == config.name {
			c.say("%s", strings.TrimSpace(configText(config.name)))
		} else if which == "all" {
			c.say("\n# %s: %s\n\n%s", config.name, config.about, strings.TrimSpace(configText(config.name)))
		}
	}
}

// printAfterwards prints what is left to do after registering.
func printAfterwards(c *console, which string) {
	switch which {
	case "none":
		return
	case "":
		which = "minimal.yaml"
		c.say("\nAdd this to pbs.yaml, or print another one with -print (%s, all):\n", configNames())
	default:
		c.say("\n%s:\n", which)
	}
	printConfig(c, which)
	if names := environment(which); len(names) > 0 {
		c.say("\nand set in the environment of Prebid Server:\n\n  %s", strings.Join(names, "\n  "))
	}
	c.say("\nThe bidders, the opt-outs' store, whose directory must exist, and the address to listen at are examples. When they are yours,\n" +
		"-check -config pbs.yaml looks for stages that the plan lacks.")
}

var environmentVariable = regexp.MustCompile(`_env"?: "?([A-Z0-9_]+)`)

// environment lists the variables that a configuration names.
func environment(which string) (names []string) {
	for _, config := range configs {
		if which != "all" && which != config.name {
			continue
		}
		for _, match := range environmentVariable.FindAllStringSubmatch(configText(config.name), -1) {
			if !slices.Contains(names, match[1]) {
				names = append(names, match[1])
			}
		}
	}
	return names
}
