// Package sidecar serves a [bidder.Bidder] to programs in other languages, over HTTP on a Unix
// socket or a port of this machine:
//
//	POST /annotate  a bid request, also in gzip; answered with it, annotated
//	POST /tokens    tokens; answered with a verdict on each
//	GET  /healthz   200 while the process lives
//	GET  /readyz    200 if there can be raw UIDs, otherwise 503; what is wrong, as JSON
//	GET  /metrics   for Prometheus
//
// docs/sidecar.md describes them. Raw UIDs are in answers only.
//
// # Clients
//
// Clients may be hostile, slow, or gone: bodies, times and the number of connections are limited,
// and nothing that they send is logged. If all connections are taken, the longest idle one is
// closed for the next.
//
// # Stopping
//
// [Server.Run] drains: it accepts nothing more, answers what comes on open connections while they
// are told that they end, and then returns.
package sidecar
