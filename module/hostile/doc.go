// Package hostile makes up auctions of a caller who wants raw UIDs that aren't his, and looks for
// them in everything that came of it.
//
// A [Generator] writes requests: each is a function of a seed and a number, so a failure can be
// played again alone. It combines named tricks freely, and writes JSON as text, since repeated
// keys, second spellings and odd numbers don't survive a map. An [Answer] is what a bidder does who
// puts what he received wherever he can. A [Search] knows every raw UID and finds it in any text,
// in all encodings that are known; it shares no code with the module's redaction.
//
//	generator := hostile.New(seed, world)
//	auction := generator.Auction(number)  // play it
//	for _, found := range search.In(response) { ... }
//
// Nothing here prints a raw UID. A Generator and a Search are safe for concurrent use.
package hostile
