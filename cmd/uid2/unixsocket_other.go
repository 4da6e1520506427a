//go:build !unix

package main

import "io/fs"

// listenUnix isn't there: a file's mode says nothing about who may open it.
func listenUnix(string, fs.FileMode) (*socket, error) {
	return nil, usage("-listen unix:PATH", "this system isn't supported", "take 127.0.0.1 and a port")
}

// removeSocket does nothing.
func removeSocket(string, fs.FileInfo) {}
