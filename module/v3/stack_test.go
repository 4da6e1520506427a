//go:build go1.26 && amd64 && !race

package module_test

import (
	"context"
	"testing"
	"unsafe"

	"github.com/prebid/prebid-server/v3/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// executor is what the frames of Prebid Server's hook executor take of the stack of the goroutine that it
// starts for a hook (1,408 bytes: of the goroutine, and of the function that calls the hook), without that
// of the hook's caller here, which takes 312.
const executor = 1408 - 312

// spare is what must be left besides: the goroutine's own bookkeeping, and what other versions of Go do
// otherwise.
const spare = 64

// TestStack: the stack of the goroutine that Prebid Server starts for a hook needn't grow from the 4 KB that it
// as a rule has. That took a third of the hooks' time, since the frames that are there have to be moved.
func TestStack(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("what counts coverage takes room")
	}
	s := newStand(t, setup{})
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		request := s.request(s.uid2.Token(uid2test.TokenSpec{Version: version, Email: alice}), nil)
		payload := processedOf(t, request)
		hook := func() {
			if _, err := s.module.HandleProcessedAuctionHook(context.Background(), hookstage.ModuleInvocationContext{}, payload); err != nil {
				t.Error(err)
			}
		}
		hook()        // makes what is made once
		grows := true // each time; now and then the allocator needs more room
		for range 100 {
			grows = grows && grewUnder(hook)
		}
		if grows {
			t.Errorf("%v: the stack grows", version)
		}
	}
}

// grewUnder reports whether the stack of a goroutine of 4 KB is moved when the hook is called where
// Prebid Server calls it.
func grewUnder(hook func()) bool {
	moved := make(chan bool)
	go func() { moved <- movedUnder(hook) }()
	return <-moved
}

// movedUnder calls the hook, and reports whether the goroutine's stack, which its own frame made 4 KB, was
// moved.
//
//go:noinline
func movedUnder(hook func()) bool {
	var frame [executor + spare]byte
	before := uintptr(unsafe.Pointer(&frame))
	hook()
	return before != uintptr(unsafe.Pointer(&frame))
}
