// Command bidder-demo runs all of uid2rtb on one machine, without an account or the internet: local
// UID2 and EUID operators, a real Prebid Server with the module uid2.decrypt, a downstream bidder
// behind three bidder names, and sample bid requests, for which it makes fresh tokens. It shows
// what the bidder received and bid. Opt-outs reach the module as in production, through the
// operators' webhook; at the end, a user opts out between two auctions.
//
//	go run ./bidder-demo                # play the samples; exit status 0 if all are as expected
//	go run ./bidder-demo -serve         # the same, shown on a page, and then keep serving
//	go run ./bidder-demo -requests DIR  # play your own requests
//	go run ./bidder-demo -operator URL -requests DIR  # with the keys of a real operator
//	go run ./bidder-demo -bidder ADDR   # nothing but the bidder, for a Prebid Server elsewhere
//	go run ./bidder-demo -json          # output for programs
//
// # Bidders
//
// demodsp (adapter thetradedesk, OpenRTB 2.5) and demodsp26 (adapter pubmatic, OpenRTB 2.6) are
// listed in the module's configuration and receive annotations; appnexus isn't, and receives only
// tokens. The same bidder is behind all three. It prices by what it knows: most for a user of its
// audience, less for any other raw UID, little for an unknown user, and nothing for one who has
// opted out.
//
// # Files
//
// main.go and options.go are the command, world.go starts everything, tokens.go makes tokens,
// optouts.go handles opt-outs, bidder.go is the bidder, play.go plays a request, answer.go parses
// Prebid Server's answer, check.go compares it with what the sample expects, and table.go,
// report.go and serve.go show the results. alone.go is the bidder without the rest.
//
// Exit status: 0 as expected, 1 not as expected, 2 not started, or the flags are wrong.
package main
