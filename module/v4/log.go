// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module

import (
	"context"
	"log/slog"
	"strings"

	"github.com/prebid/prebid-server/v4/logger"
)

// prebidLog sends structured records to Prebid Server's log.
type prebidLog struct{ attrs []slog.Attr }

var _ slog.Handler = prebidLog{}

// Enabled implements [slog.Handler]: everything from Info upwards is written.
func (h prebidLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle implements [slog.Handler].
func (h prebidLog) Handle(_ context.Context, record slog.Record) error {
	var line strings.Builder
	line.WriteString(Code + ": " + record.Message)
	write := func(attr slog.Attr) bool {
		line.WriteString(" " + attr.String())
		return true
	}
	for _, attr := range h.attrs {
		write(attr)
	}
	record.Attrs(write)
	switch {
	case record.Level >= slog.LevelError:
		logger.Errorf("%s", line.String())
	case record.Level >= slog.LevelWarn:
		logger.Warnf("%s", line.String())
	default:
		logger.Infof("%s", line.String())
	}
	return nil
}

// WithAttrs implements [slog.Handler].
func (h prebidLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return prebidLog{append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

// WithGroup implements [slog.Handler]. Groups are flattened: the lines are for people.
func (h prebidLog) WithGroup(string) slog.Handler { return h }
