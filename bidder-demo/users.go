package main

import (
	"cmp"
	"slices"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// user is one whom the samples are about.
type user struct {
	name     string // email or phone
	operator string
	spec     fixtures.TokenSpec
	uid      codec.RawUID
	sample   string // that is about the user
}

// usersOf returns the users of the samples, sorted by name.
func (w *world) usersOf(samples []fixtures.Sample) (users []user) {
	for _, sample := range samples {
		for _, spec := range sample.Tokens {
			name := cmp.Or(spec.Email, spec.Phone)
			operator := w.operators[spec.Operator]
			known := slices.ContainsFunc(users, func(u user) bool { return u.name == name })
			if operator != nil && name != "" && !known {
				users = append(users, user{name, spec.Operator, spec, operator.RawUID(specOf(spec, 0)), sample.Name})
			}
		}
	}
	slices.SortFunc(users, func(a, b user) int { return cmp.Compare(a.name, b.name) })
	return users
}

// pageUsers says who has opted out, as far as the module knows.
func (w *world) pageUsers() []page.User {
	all := []page.User{}
	for _, u := range w.users {
		all = append(all, page.User{Name: u.name, OptedOut: w.hasOptedOut(u.uid), Sample: u.sample})
	}
	return all
}

func (w *world) hasOptedOut(uid codec.RawUID) bool {
	store := w.module.OptOuts()
	return store != nil && store.OptOut(uid).State == bidstream.OptedOut
}
