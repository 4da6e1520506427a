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
	"os/signal"
	"syscall"
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
	options, err := read(config)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		return nil, fmt.Errorf("it accepts no connections")
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go reload(s, config, hangups)
	return s, nil
}

// read reads a configuration. In lame-duck mode, the server then ends sooner than a configuration
// can say, which is after 30 seconds at least.
func read(config string) (*server.Options, error) {
	options, err := server.ProcessConfigFile(config)
	if err != nil {
		return nil, err
	}
	options.NoLog = true
	options.LameDuckDuration, options.LameDuckGracePeriod = time.Second, 100*time.Millisecond
	return options, nil
}

// reload reloads the configuration for each signal. What the server does itself with the signal
// fails, since it takes the lame-duck mode's duration for one that was changed.
func reload(s *server.Server, config string, signals <-chan os.Signal) {
	for range signals {
		options, err := read(config)
		if err == nil {
			err = s.ReloadOptions(options)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "the server doesn't reload its configuration:", err)
		}
	}
}
