// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package pbstest

// recent keeps the newest bodies of a stream, oldest first.
type recent struct {
	limit  int
	bodies [][]byte
}

// defaultKeep is how many bodies are kept unless a configuration says otherwise.
const defaultKeep = 1024

// newRecent keeps as many bodies as a configuration says: 0 means the default, a negative number
// none.
func newRecent(keep int) *recent {
	if keep == 0 {
		keep = defaultKeep
	}
	return &recent{limit: keep}
}

func (r *recent) add(body []byte) {
	if r.limit < 0 {
		return
	}
	if len(r.bodies) == r.limit {
		copy(r.bodies, r.bodies[1:])
		r.bodies = r.bodies[:len(r.bodies)-1]
	}
	r.bodies = append(r.bodies, body)
}
