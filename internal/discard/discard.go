// Package discard provides a logger that logs nothing, which log/slog has from Go 1.24 on.
package discard

import (
	"context"
	"log/slog"
)

// Logger returns a logger that logs nothing, at no cost.
func Logger() *slog.Logger { return slog.New(handler{}) }

type handler struct{}

func (handler) Enabled(context.Context, slog.Level) bool  { return false }
func (handler) Handle(context.Context, slog.Record) error { return nil }
func (h handler) WithAttrs([]slog.Attr) slog.Handler      { return h }
func (h handler) WithGroup(string) slog.Handler           { return h }
