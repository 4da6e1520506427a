package keyset_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestActiveKeyAnyOrder builds one keyset from its keys in every order: the active key must always
// be the same. Seconds; key 4 and 5 activate together, 3 expires early.
func TestActiveKeyAnyOrder(t *testing.T) {
	keys := []string{
		keyJSON(9, 10, 100, `,"keyset_id":-7`),
		keyJSON(2, 20, 100, `,"keyset_id":-7`),
		keyJSON(3, 30, 35, `,"keyset_id":-7`),
		keyJSON(4, 40, 90, `,"keyset_id":-7`),
		keyJSON(5, 40, 80, `,"keyset_id":-7`),
	}
	want := []struct {
		nowMs int64
		id    uint32 // 0: none
	}{
		{9999, 0}, {10000, 9}, {19999, 9}, {20000, 2}, {29999, 2}, {30000, 3}, {34999, 3}, {35000, 2}, {39999, 2},
		{40000, 5}, {79999, 5}, {80000, 4}, {89999, 4}, {90000, 2}, {99999, 2}, {100000, 0}, {-1, 0},
	}
	orders := 0
	permute(keys, 0, func(order []string) {
		orders++
		s := mustParse(t, bodyJSON("", order...))
		for _, w := range want {
			k, ok := s.ActiveKey(-7, w.nowMs)
			if ok != (w.id != 0) || ok && k.ID() != w.id || !ok && k != nil {
				t.Fatalf("keys in order %s: at %d the active one is %v, want %d", ids(order), w.nowMs, k, w.id)
			}
		}
		if _, ok := s.ActiveKey(7, 50000); ok {
			t.Fatal("an unknown keyset has an active key")
		}
	})
	if orders != 120 {
		t.Errorf("tried %d orders", orders)
	}
}

func TestKeysetZero(t *testing.T) {
	s := mustParse(t, bodyJSON(`"default_keyset_id":0,`, keyJSON(1, 1, 9, `,"keyset_id":0`), keyJSON(2, 1, 9, ""), keyJSON(3, 1, 9, `,"keyset_id":null`)))
	id, ok := s.DefaultKeysetID()
	if !ok || id != 0 {
		t.Fatal("the default keyset 0 counts as absent")
	}
	if k, ok := s.ActiveKey(0, 2000); !ok || k.ID() != 1 {
		t.Error("a key without keyset got into keyset 0")
	}
}

// permute calls visit with every permutation of s[from:].
func permute(s []string, from int, visit func([]string)) {
	if from == len(s) {
		visit(s)
		return
	}
	for i := from; i < len(s); i++ {
		s[from], s[i] = s[i], s[from]
		permute(s, from+1, visit)
		s[from], s[i] = s[i], s[from]
	}
}

func ids(keys []string) string {
	var b strings.Builder
	for _, k := range keys {
		var id int
		fmt.Sscanf(k, `{"id":%d`, &id)
		fmt.Fprintf(&b, "%d ", id)
	}
	return b.String()
}

// TestActiveSiteKey: legacy answers group their keys by site, in any order.
func TestActiveSiteKey(t *testing.T) {
	s := mustParse(t, `{"status":"success","body":[`+strings.Join([]string{
		keyJSON(3, 30, 100, `,"site_id":7`), keyJSON(2, 20, 100, `,"site_id":7`), keyJSON(9, 10, 100, `,"site_id":-1`),
		keyJSON(4, 10, 100, ""), keyJSON(5, 10, 100, `,"keyset_id":7`),
	}, ",")+`]}`)
	for _, w := range []struct {
		site, nowMs int64
		id          uint32 // 0: none
	}{{7, 25000, 2}, {7, 30000, 3}, {7, 19999, 0}, {7, 100000, 0}, {-1, 50000, 9}, {0, 50000, 0}, {8, 50000, 0}} {
		if k, ok := s.ActiveSiteKey(w.site, w.nowMs); ok != (w.id != 0) || ok && k.ID() != w.id {
			t.Errorf("site %d at %d: %v, want %d", w.site, w.nowMs, k, w.id)
		}
	}
}

func TestInfo(t *testing.T) {
	s := mustParse(t, bodyJSON("", keyJSON(9, 10, 20, `,"keyset_id":7`), keyJSON(2, 10, 20, "")))
	if info, ok := s.Info(9); !ok || info.ID != 9 || info.KeysetID != 7 || info.ActivatesMs != 10000 || info.ExpiresMs != 20000 {
		t.Errorf("%+v, %v", info, ok)
	}
	for _, id := range []uint32{0, 3, 10} {
		if info, ok := s.Info(id); ok {
			t.Errorf("%d: %+v", id, info)
		}
	}
	info, _ := s.Info(2)
	for nowMs, want := range map[int64]bool{9999: false, 10000: true, 19999: true, 20000: false} {
		if info.Active(nowMs) != want {
			t.Errorf("at %d active is %v", nowMs, !want)
		}
	}
}
