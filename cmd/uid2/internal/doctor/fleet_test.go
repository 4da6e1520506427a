package doctor

import "testing"

// TestHostOf: nothing of a user or a password is taken for a host, not even when a character that
// would have to be escaped ends the host.
func TestHostOf(t *testing.T) {
	for text, want := range map[string]string{
		"nats://user:canary@host:4222": "host:4222", " host": "host", "ws://host/path": "host",
		"nats://canary/canary@host": "a server", "nats://user:c@canary/y@host": "a server", "nats://user:123/4@host": "a server",
		"canary?c@host": "a server", "nats://canary#c@host": "a server", "nats://user:canary/c@host": "a server",
	} {
		if got := hostOf(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
