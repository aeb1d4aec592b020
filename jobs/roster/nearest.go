package roster

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Nearest gives up to n candidates that name was probably meant to be, the
// nearest first: equal but for case and accents, then within a few slips of
// the pen, then those that contain the name or are contained in it. Equal ones
// keep the order of the candidates. It returns nil when none is near.
//
// Thousands of candidates are fine: most are passed over by their length and
// letters before any distance is computed.
func Nearest(name string, candidates []string, n int) []string {
	want := strings.Join(strings.Fields(fold(name)), " ")
	if n <= 0 || want == "" {
		return nil
	}
	return nearest(want, candidates, n, true)
}

// nearestWithin is Nearest for folded strings and without containment.
func nearestWithin(folded string, candidates []string, n int) []string {
	return nearest(folded, candidates, n, false)
}

// slips gives how many letters may differ in a name of n letters.
func slips(n int) int {
	switch {
	case n <= 2:
		return 0
	case n <= 3:
		return 1
	case n <= 7:
		return 2
	default:
		return min(n/3, 5)
	}
}

func nearest(want string, candidates []string, n int, contained bool) []string {
	type hit struct {
		distance, index int
	}
	length := utf8.RuneCountInString(want)
	limit := slips(length)
	letters := letterCounts(want)
	var hits []hit
	for i, c := range candidates {
		have := c
		if contained {
			have = fold(c)
			if strings.Contains(have, "  ") {
				have = strings.Join(strings.Fields(have), " ")
			}
		}
		if have == want {
			hits = append(hits, hit{0, i})
			continue
		}
		if d := utf8.RuneCountInString(have) - length; d <= limit && -d <= limit && letters.apart(letterCounts(have)) <= 2*limit {
			if d := levenshtein.ComputeDistance(want, have); d <= limit {
				hits = append(hits, hit{d, i})
				continue
			}
		}
		if contained && length >= 3 && len(have) >= 3 && (strings.Contains(have, want) || strings.Contains(want, have)) {
			hits = append(hits, hit{10 + max(len(have), len(want)) - min(len(have), len(want)), i})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.distance, b.distance) })
	var out []string
	for _, h := range hits {
		if len(out) == n {
			break
		}
		if !slices.Contains(out, candidates[h.index]) {
			out = append(out, candidates[h.index])
		}
	}
	return out
}

// letterBag counts the letters of a string in 16 classes. Each slip changes at
// most two counts by one, which makes a cheap lower bound of the distance.
type letterBag [16]uint8

func letterCounts(s string) letterBag {
	var b letterBag
	for _, r := range s {
		if c := &b[r&15]; *c < 255 {
			*c++
		}
	}
	return b
}

func (b letterBag) apart(o letterBag) int {
	n := 0
	for i, c := range b {
		n += max(int(c), int(o[i])) - min(int(c), int(o[i]))
	}
	return n
}
