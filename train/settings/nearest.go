package settings

import (
	"math"
	"strings"
)

// nearest returns the name at the smallest edit distance from s; a key whose last part alone fits counts as near.
func nearest(s string, names []string) string {
	s = s[:min(len(s), 64)] // longer than any name
	best, at := math.MaxInt, ""
	for _, n := range names {
		d := distance(s, n)
		if _, last, ok := strings.Cut(n, "."); ok {
			d = min(d, distance(s, last))
		}
		if d < best {
			best, at = d, n
		}
	}
	return at
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
