// Command load drives real Prebid Servers with the module, of each version that the module supports,
// built from their released trees and started as processes, and measures what it costs there.
//
//	go run ./bench/load                              half an hour: both versions, 100 and 300 auctions a second
//	go run ./bench/load -versions v3 -rates 50 -for 10s -turns 1
//	go run ./bench/load -endurance 30m -versions v4  half an hour of all that happens to a server
//
// Auctions are sent when they are due, whatever is still under way (an open loop), and an auction's
// latency counts from when it was due: a server that stalls can't hide it by holding the loader up. A
// server with the module and the same one without it take turns, forwards and backwards, so that
// whoever else is on the machine disturbs both. Beside latencies the tables have the processor's
// time of the server's process, which others hardly change, and what its runtime says that it
// allocated.
//
// With -endurance a server gets new keys each minute, opt-outs all the time by its webhook, an account that changes,
// and clients that go away. It fails if the server takes more and more memory, goroutines or file
// descriptors, answers anything but three bids, writes an error into its log, sends a raw UID to a
// bidder that isn't listed or of a user who opted out before the auction, or doesn't send one that
// it should. Growth is a trend in the second half of the samples that isn't chance and is more than noise; the
// report says by what test.
//
// Servers are built once with the go command, half a minute each; -keep DIR keeps them. It needs
// Linux, for /proc.
package main
