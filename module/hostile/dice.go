package hostile

import "math/rand/v2"

// dice decides everything about one auction.
type dice struct{ *rand.Rand }

func newDice(seed, number uint64) dice { return dice{rand.New(rand.NewPCG(seed, number))} }

// oneIn is true once in n times.
func (d dice) oneIn(n int) bool { return d.IntN(n) == 0 }

// pick returns one of the choices.
func pick[T any](d dice, choices ...T) T { return choices[d.IntN(len(choices))] }

// some returns between one and all of the choices, in any order.
func some[T any](d dice, choices ...T) []T {
	shuffled := append([]T(nil), choices...)
	d.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	return shuffled[:1+d.IntN(len(shuffled))]
}
