package term

import "strings"

// Nearest is the name that somebody who typed another one will have meant: the one with the fewest
// letters added, left out, changed or swapped, as long as that is less than about a third of them;
// else one that begins with what was typed. "" when there is none.
func Nearest(typed string, names []string) string {
	typed = plain(typed)
	best, least := "", len(typed)/3+1
	for _, n := range names {
		if d := distance(typed, plain(n)); d < least {
			best, least = n, d
		}
	}
	if best != "" || len(typed) < 2 {
		return best
	}
	for _, n := range names {
		if strings.HasPrefix(plain(n), typed) {
			return n
		}
	}
	return ""
}

// plain is a name without what people type in several ways.
func plain(name string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}

// distance counts the edits between two names; a swap of neighbours is one.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	two, one := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range one {
		one[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(one[j]+cost, one[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], two[j-1]+1)
			}
		}
		two, one = one, row
	}
	return one[len(y)]
}
