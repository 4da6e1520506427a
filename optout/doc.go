// Package optout records which users have opted out and must not be targeted.
//
// A bidder opens a log, with [OpenFile] on a single machine or [NewJetStream] in a fleet, and a
// [Store] on top of it, which implements bidstream.OptOuts. A [Receiver] is the webhook that
// receives opt-outs; a [Poller] asks an operator about the users that the bidder sees. [Compact]
// shrinks a log. Package metrics/optouts exports metrics of all of it to Prometheus.
//
// # Log, index and snapshot
//
// The log is the source of truth: each opt-out is written to it durably before its receipt is
// acknowledged. The [Index] is in memory and answers look-ups. On start, it is built from the log,
// or from a snapshot, which is a copy of the index in a file, and the rest of the log. A snapshot
// that isn't exactly the one that the log has recorded is not used.
//
// # Damage
//
// Each entry of a log file has a number and a checksum, and a second file records how many were
// acknowledged. A log that is damaged, has lost its end or doesn't match its second file is
// ErrDamaged, and a Store on top of it is never synced; [Verify] reports what is wrong, and
// [Repair] writes a new log from what is intact and from other sources. If a file is removed or
// replaced while it is in use, that is ErrReplaced, and nothing more is acknowledged.
//
// # Raw UIDs
//
// Opt-outs are stored and looked up by the canonical form of a raw UID, see codec.RawUID.Canonical:
// raw UIDs of version 4 are announced without the bits for their environment.
//
// # Concurrency
//
// Everything is safe for concurrent use.
package optout
