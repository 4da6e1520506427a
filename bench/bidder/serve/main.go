// Command serve is the bidders in Go of bench/bidder, one to a process:
//
//	serve uid2rtb           package bidder finds and opens the tokens, jsonparser reads the rest
//	serve uid2rtb-typed     the same with encoding/json, which reads all of the request
//	serve uid2rtb-handler   the same, of a request that package bidder's handler has annotated
//	serve byhand            no uid2rtb: jsonparser, and tokens opened with crypto/aes and crypto/cipher
//	serve byhand-typed      the same with encoding/json
//	serve floor             a bidder that knows nobody: jsonparser, no UID2
//	serve floor-typed       the same with encoding/json
//
// All answer with fasthttp. The operator's address and credentials come from the environment,
// opt-outs from the store that OPT_OUTS names or, where it is by hand, from standard input: raw
// UIDs, one a line, up to an empty line. The process ends when its standard input does.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"github.com/valyala/fasthttp"
)

// bidders make the handlers that may be served.
var bidders = map[string]func(ctx context.Context, in *bufio.Reader) (fasthttp.RequestHandler, error){
	"uid2rtb":         newFast,
	"uid2rtb-typed":   newTyped,
	"uid2rtb-handler": newHandler,
	"byhand":          newByHandFast,
	"byhand-typed":    newByHandTyped,
	"floor":           newFloor,
	"floor-typed":     newFloorTyped,
}

func main() {
	if len(os.Args) != 2 || bidders[os.Args[1]] == nil {
		log.Fatal("serve: which bidder?")
	}
	in := bufio.NewReader(os.Stdin)
	handler, err := bidders[os.Args[1]](context.Background(), in)
	check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println("listening at", listener.Addr())
	go func() {
		_, err := io.Copy(io.Discard, in)
		check(err)
		os.Exit(0)
	}()
	check(fasthttp.Serve(listener, handler))
}

func check(err error) {
	if err != nil {
		log.Fatal("serve: ", err)
	}
}
