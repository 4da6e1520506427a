package natstest

import (
	"fmt"
	"net"
	"strings"
)

// Options configure the servers of a cluster.
type Options struct {
	SyncAlways bool   // acknowledge only what is on disk
	Config     string // appended to the NATS configuration
}

// spec is what one server of a cluster is started and restarted with.
type spec struct {
	name    string
	dir     string // with its streams
	port    int
	cluster int // its port in the cluster, 0 if it is the only server
	config  string
}

// layout makes the specs of one server per directory.
func layout(dirs []string, o Options) (specs []spec, err error) {
	for i, dir := range dirs {
		s := spec{name: fmt.Sprint("n", i), dir: dir}
		if s.port, err = freePort(); err != nil {
			return nil, err
		}
		if len(dirs) > 1 {
			if s.cluster, err = freePort(); err != nil {
				return nil, err
			}
		}
		specs = append(specs, s)
	}
	for i := range specs {
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
	s.config = fmt.Sprintf("server_name: %s\nlisten: \"127.0.0.1:%d\"\njetstream {store_dir: %q, max_file_store: 1GB, sync_interval: %q}\n",
		s.name, s.port, s.dir, sync)
	if s.cluster != 0 {
		var routes []string
		for _, other := range cluster {
			routes = append(routes, fmt.Sprintf("\"nats://127.0.0.1:%d\"", other.cluster))
		}
		s.config += fmt.Sprintf("cluster {name: optouts, listen: \"127.0.0.1:%d\", routes: [%s]}\n", s.cluster, strings.Join(routes, ", "))
	}
	s.config += o.Config + "\n"
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
