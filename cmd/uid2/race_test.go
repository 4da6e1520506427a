//go:build race

package main

func init() { forLongGrowth *= 4 } // the race detector's shadow grows, too
