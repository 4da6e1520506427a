// Package optout knows who has opted out and must not be targeted.
//
// A bidder opens a log, [OpenFile] on one machine or [NewJetStream] in a fleet, and a [Store] of it, which is a
// bidstream.OptOuts. A [Receiver] is the webhook through which opt-outs come in; a [Poller] asks an operator about users whom the
// bidder meets. [Compact] makes a log smaller. Package metrics/optouts shows all of it to Prometheus.
//
// # What is kept where
//
// The log is the truth: each opt-out is in it, durably, before anybody is told that it was received. The [Index] is in memory and
// answers lookups; it is built from the log at the start, or from a snapshot, which is a copy of it in a file, and the rest of the
// log. A snapshot that isn't exactly what the log knows of it isn't used.
//
// # Damage
//
// Each entry of a log file has its number and a checksum, and a second file says how many were acknowledged. A log that is damaged,
// has lost its end or belongs to another second file is ErrDamaged, and a Store of it is never synced; [Verify] says what is wrong,
// [Repair] writes a new log of what is whole and of what others have. A file that is removed or replaced while it is in use is
// ErrReplaced: nothing more is acknowledged.
//
// # Raw UIDs
//
// Opt-outs are kept and looked up by the canonical form of a raw UID, see codec.RawUID.Canonical: those of version 4 are announced
// without the bits that tell their environment.
//
// # Concurrency
//
// Everything may be used from any number of goroutines.
package optout
