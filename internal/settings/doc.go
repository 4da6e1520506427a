// Package settings reads a configuration in JSON: strictly, with values that may all be texts, as
// they come from environment variables, and secrets that may stand elsewhere.
//
// A struct whose fields are [Scalar], other such structs or lists of them is read by [Unmarshal];
// what its values mean is asked of each, with the name that the setting has for whoever wrote it.
// An error names the setting and what it wants, never its value: a value may be a secret.
package settings
