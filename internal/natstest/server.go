package natstest

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// spec is what one server of a cluster is started with, time and again.
type spec struct {
	Name        string
	Port        int
	ClusterPort int    // 0 if it is alone
	Routes      string // of all servers of the cluster, with commas between them
	Dir         string // where it keeps its streams
	SyncAlways  bool   // it acknowledges what its disk has
}

// layout gives a server to each directory.
func layout(dirs []string, syncAlways bool) ([]spec, error) {
	specs, routes := make([]spec, len(dirs)), ""
	for i, dir := range dirs {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		specs[i] = spec{Name: fmt.Sprintf("n%d", i), Port: port, Dir: dir, SyncAlways: syncAlways}
		if len(dirs) == 1 {
			break
		}
		if specs[i].ClusterPort, err = freePort(); err != nil {
			return nil, err
		}
		if i > 0 {
			routes += ","
		}
		routes += fmt.Sprintf("nats://127.0.0.1:%d", specs[i].ClusterPort)
	}
	for i := range specs {
		specs[i].Routes = routes
	}
	return specs, nil
}

// start returns the server once it takes connections.
func (s spec) start(change ...func(*server.Options)) (*server.Server, error) {
	o := &server.Options{
		ServerName: s.Name, Host: "127.0.0.1", Port: s.Port, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: s.Dir, SyncAlways: s.SyncAlways, JetStreamMaxStore: 1 << 30,
	}
	if s.ClusterPort != 0 {
		o.Cluster = server.ClusterOpts{Name: "optouts", Host: "127.0.0.1", Port: s.ClusterPort}
		o.Routes = server.RoutesFromStr(s.Routes)
	}
	for _, f := range change {
		f(o)
	}
	started, err := server.NewServer(o)
	if err != nil {
		return nil, err
	}
	started.Start()
	if !started.ReadyForConnections(20 * time.Second) {
		started.Shutdown()
		return nil, errors.New("natstest: the NATS server doesn't start")
	}
	return started, nil
}

// urls returns the addresses of the servers, with commas between them.
func urls(specs []spec) (all string) {
	for i, s := range specs {
		if i > 0 {
			all += ","
		}
		all += fmt.Sprintf("nats://127.0.0.1:%d", s.Port)
	}
	return all
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
