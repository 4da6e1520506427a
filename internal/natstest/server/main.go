// Command server is a NATS server for package natstest, with its argument as configuration file. It
// prints "ready" when it accepts connections, obeys the signals of nats-server, and ends when its
// standard input does, for whatever reason, so that it isn't left behind.
//
// With a second argument, it is a directory to which the files of package natstest's Credentials
// are written.
package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func main() {
	if len(os.Args) > 2 {
		if err := credentials(os.Args[2]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	s, err := start(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready")
	go func() {
		io.Copy(io.Discard, os.Stdin)
		s.Shutdown()
	}()
	s.WaitForShutdown()
}

func start(config string) (*server.Server, error) {
	options, err := server.ProcessConfigFile(config)
	if err != nil {
		return nil, err
	}
	options.NoLog = true
	// A configuration can't set less than 30 seconds.
	options.LameDuckDuration, options.LameDuckGracePeriod = time.Second, 100*time.Millisecond
	s, err := server.NewServer(options)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		return nil, fmt.Errorf("it accepts no connections")
	}
	return s, nil
}
