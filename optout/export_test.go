package optout

// OnStep sets what is called between the steps of what must be whole or not there at all, until restore is called.
func OnStep(f func()) (restore func()) {
	before := reached
	reached = f
	return func() { reached = before }
}
