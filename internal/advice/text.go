package advice

import (
	"errors"
	"io/fs"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Text returns the text of an error for people: in one line, and without the phrases with which the
// standard library speaks to programmers.
func Text(err error) string {
	text := err.Error()
	walk(err, func(err error) {
		if plain := plainly(err); plain != "" {
			text = strings.ReplaceAll(text, err.Error(), plain)
		}
	})
	return oneLine(packages.ReplaceAllString(text, "$1"))
}

// packages matches the packages whose errors begin with their name.
var packages = regexp.MustCompile(`(^|: |; |\n)(?:bidder|bidstream|codec|dii|identitymap|keyset|operator|optout|publisher|sharing): (?:impossible option: )?`)

// walk calls f for an error and for all that it wraps, the outermost first.
func walk(err error, f func(error)) {
	f(err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			walk(inner, f)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			walk(inner, f)
		}
	}
}

// plainly says for people what an error of the standard library says for programmers, or "".
func plainly(err error) string {
	switch e := err.(type) {
	case *fs.PathError:
		return e.Path + ": " + Reason(e.Err)
	case *net.OpError:
		if e.Op != "listen" {
			return ""
		}
		if e.Addr == nil {
			return Reason(e.Err)
		}
		return e.Addr.String() + ": " + Reason(e.Err)
	case *net.AddrError:
		return strings.TrimPrefix(e.Addr+": ", ": ") + e.Err
	case *strconv.NumError:
		return "it isn't a number"
	case *time.ParseError:
		return "it isn't a time"
	}
	return ""
}

// Reason says why the system refuses something.
func Reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "this user may not open it"
	case errors.Is(err, syscall.EISDIR):
		return "it is a directory"
	case errors.Is(err, syscall.ENOTDIR):
		return "a part of the path is no directory"
	case errors.Is(err, syscall.EADDRINUSE):
		return "another process has this port"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine doesn't have this address"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full"
	}
	return err.Error()
}
