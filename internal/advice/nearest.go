package advice

// Nearest returns the word that was probably meant, or "".
func Nearest(typed string, words []string) (nearest string) {
	least := len(typed)/3 + 1 // more differences are no slip of a finger
	for _, word := range words {
		if d := distance(typed, word); d <= least && d < len(word) {
			nearest, least = word, d-1
		}
	}
	return nearest
}

// distance is the number of letters to insert, remove, replace or exchange with their neighbour.
func distance(a, b string) int {
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			same := last[j-1]
			if a[i-1] != b[j-1] {
				same++
			}
			now[j] = min(same, last[j]+1, now[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
