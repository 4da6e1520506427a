// Command bidder measures whole bidders beside each other: with this module, written by hand in Go,
// and with the official Java SDK. Each is a server in a process of its own; all are sent the same
// bid requests, have the same keys and opt-outs, and must give the same answers. Floors, which bid
// without looking at the user, say what the rest of a bidder takes.
//
//	go run ./bench/bidder               four minutes
//	go run ./bench/bidder -quick        a minute, for a first look
//	go run ./bench/bidder -java=false   without the Java SDK, which wants a JDK and Maven
//
// The bidders in Go are in ./serve, the one in Java is in ./java. It prints a table in Markdown. It
// reads what their processes use as Linux tells it, and so runs there only.
//
// A bidder takes turns with the others. In each it is asked as much as it can answer, and then, at
// 70 % of that, when requests are due: a latency counts from then, whether or not the answer before
// has come. The load generator is on the same machine, and others may be; what they change least is
// the processor's time that a bidder's process has used for a request. So requests a second and
// core are its reciprocal, and not what was answered.
package main
