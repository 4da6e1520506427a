package sidecar

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// bidRequest is one of 3.6 KB with a token.
func bidRequest(token string) string {
	const imp = `{"id":"%d","tagid":"slot-%[1]d","secure":1,"bidfloor":0.35,"bidfloorcur":"USD","banner":{"format":[{"w":300,"h":250},{"w":728,"h":90}],"pos":1,"api":[3,5,7]},"ext":{"gpid":"/1042/home/slot-%[1]d","data":{"pbadslot":"/1042/home"}}}`
	var imps []string
	for i := range 13 {
		imps = append(imps, fmt.Sprintf(imp, i))
	}
	return `{"id":"b7e1c4a2","site":{"domain":"example.com","page":"https://www.example.com/a-day.html?utm_source=x"},"imp":[` + strings.Join(imps, ",") +
		`],"user":{"id":"u-77","eids":[{"source":"id1.example","uids":[{"id":"0c5c8b1e-6f0e-4b6e","atype":1}]},{"source":"uidapi.com","uids":[{"id":"` + token + `","atype":3}]}]}}`
}

// BenchmarkServe is the server with its clients beside it, over a Unix socket.
func BenchmarkServe(b *testing.B) {
	for name, strictly := range map[string]bool{"any clients": false, "strict clients": true} {
		b.Run(name, func(b *testing.B) {
			cfg := defaults()
			cfg.ClientsReadStrictly, cfg.Connections = strictly, 1024
			w := serve(b, cfg)
			token, _ := w.token("user@example.com")
			body := bidRequest(token)
			request := fmt.Appendf(nil, "POST /annotate HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			b.SetParallelism(8)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				conn, in := w.dial(b)
				for pb.Next() {
					if _, err := conn.Write(request); err != nil {
						b.Error(err)
						return
					}
					if status := skipAnswer(in); status != http.StatusOK {
						b.Errorf("answered %d", status)
						return
					}
				}
			})
		})
	}
}

// BenchmarkValid is the look at a request as a whole.
func BenchmarkValid(b *testing.B) {
	body := []byte(bidRequest(strings.Repeat("A", 228)))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if !Valid(body) {
			b.Fatal("it isn't JSON")
		}
	}
}
