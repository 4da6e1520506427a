package optout

// Bolt is a [File].
//
// Deprecated: logs were bbolt files once, and no longer are.
type Bolt = File

// OpenBolt is [OpenFile].
//
// Deprecated: it opens what OpenFile opens.
func OpenBolt(path string) (*File, error) { return OpenFile(path) }
