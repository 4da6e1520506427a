package natstest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
)

// Options configure the servers of a cluster.
type Options struct {
	Name       string // what the servers' names begin with, default n
	SyncAlways bool   // acknowledge only what is on disk
	Leafs      bool   // accept leaf nodes
	Domain     string // of JetStream
	NoStreams  bool   // without JetStream
	Oldest     bool   // start the oldest version of NATS that is tested, not the newest
	Config     string // appended to the NATS configuration
}

// spec is what one server of a cluster is started and restarted with.
type spec struct {
	name    string
	dir     string // with its streams
	port    int
	cluster int // its port in the cluster, 0 if it is the only server
	leafs   int // its port for leaf nodes, 0 if it accepts none
	oldest  bool
	config  string // without the part of the options
	more    string // the part of the options
}

// layout makes the specs of one server per directory. They join the cluster of those that are
// there, if there are any.
func layout(there []spec, dirs []string, o Options) (specs []spec, err error) {
	name := o.Name
	if name == "" {
		name = "n"
	}
	for i, dir := range dirs {
		s := spec{name: fmt.Sprint(name, len(there)+i), dir: dir, oldest: o.Oldest, more: o.Config}
		wanted := []*int{&s.port}
		if len(there)+len(dirs) > 1 {
			wanted = append(wanted, &s.cluster)
		}
		if o.Leafs {
			wanted = append(wanted, &s.leafs)
		}
		for _, port := range wanted {
			if *port, err = freePort(); err != nil {
				return nil, err
			}
		}
		specs = append(specs, s)
	}
	specs = append(there[:len(there):len(there)], specs...)
	for i := len(there); i < len(specs); i++ {
		specs[i].configure(specs, o)
	}
	return specs, nil
}

// url returns the server's address.
func (s *spec) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", s.port) }

// configure makes the server's configuration. cluster has all servers.
func (s *spec) configure(cluster []spec, o Options) {
	sync := "2m" // the server's own default
	if o.SyncAlways {
		sync = "always"
	}
	s.config = fmt.Sprintf("server_name: %s\nlisten: \"127.0.0.1:%d\"\n", s.name, s.port)
	if !o.NoStreams {
		s.config += fmt.Sprintf("jetstream {store_dir: %q, max_file_store: 1GB, sync_interval: %q, domain: %q}\n", s.dir, sync, o.Domain)
	}
	if s.cluster != 0 {
		var routes []string
		for _, other := range cluster {
			routes = append(routes, fmt.Sprintf("\"nats://127.0.0.1:%d\"", other.cluster))
		}
		s.config += fmt.Sprintf("cluster {name: optouts, listen: \"127.0.0.1:%d\", routes: [%s]}\n", s.cluster, strings.Join(routes, ", "))
	}
	if s.leafs != 0 {
		s.config += fmt.Sprintf("leafnodes {listen: \"127.0.0.1:%d\", no_advertise: true}\n", s.leafs)
	}
}

const (
	firstPort = 20_000
	ports     = 12_000
)

// nextPort is where freePort goes on: at another place in each process.
var nextPort = func() *atomic.Uint32 {
	var next atomic.Uint32
	next.Store(rand.Uint32N(ports))
	return &next
}()

// freePort returns a port that nobody uses, another one each time, and that no outgoing connection
// gets while the server is down: it lies below those that systems give to these.
func freePort() (port int, err error) {
	for range 100 {
		port = firstPort + int(nextPort.Add(1)%ports)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}
