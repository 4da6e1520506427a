package metrics_test

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/metrics"
)

func ExampleNew() {
	decrypter, _ := bidstream.New()
	b, _ := bidder.New(decrypter, bidder.Annotate) // a real one is opened
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(b))
	shown, err := registry.Gather()
	fmt.Println(shown[0].GetName(), err)
	// Output:
	// uid2_decrypt_tokens_total <nil>
}
