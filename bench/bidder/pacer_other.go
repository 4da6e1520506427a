//go:build !linux

package main

import "time"

// pacer waits for requests to be due, see pacer_linux.go.
type pacer struct{}

func newPacer() (pacer, error) { return pacer{}, nil }

func (pacer) until(due time.Time) error {
	time.Sleep(time.Until(due))
	return nil
}

func (pacer) close() error { return nil }
