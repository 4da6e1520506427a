// Command bench measures what a bidder pays for UID2 on the machine that it runs on: per token, per bid request, per auction
// and per opt-out, always beside a floor, which is the least that the work could cost, and beside what would be written
// otherwise. It prints tables, and writes a report with plots and the same figures as JSON.
//
//	go run ./bench                       about three minutes
//	go run ./bench -quick                half a minute, for a first look
//	go run ./bench -full                 with a million keys and a hundred million opt-outs; wants 20 GB of memory
//	go run ./bench -only optouts         one section
//	go run ./bench -only optouts -users 5000000
//	go run ./bench -only propagation     a fleet of three NATS servers and three nodes on this machine
//	go run ./bench -compare old.json new.json
//
// Whole bidders beside each other, with the official Java SDK among them, are in bench/bidder, real Prebid Servers in bench/load.
//
// Machines are shared and noisy. What is compared is measured in turns, some milliseconds each, within one run, and a ratio is
// the median over the turns. Ratios are what counts; nanoseconds are of this machine on this day.
package main
