package optout

import "context"

type progressKey struct{}

// WithProgress returns a context with which [Verify], [Compact], [Repair] and [File.Replay] call f
// from time to time with the number of bytes that they have read of a log since the last call. f
// must be fast. Verify reads a log once, Repair twice, and Compact four times; of a log in the old
// format, nothing is reported.
func WithProgress(ctx context.Context, f func(bytes int64)) context.Context {
	return context.WithValue(ctx, progressKey{}, f)
}

// progressOf returns the function of WithProgress, or one that does nothing.
func progressOf(ctx context.Context) func(bytes int64) {
	if f, ok := ctx.Value(progressKey{}).(func(int64)); ok {
		return f
	}
	return func(int64) {}
}
