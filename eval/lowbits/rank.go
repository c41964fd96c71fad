package lowbits

import "slices"

// best is the rows of the k largest scores, largest first, equal ones by row. scratch is
// overwritten.
func best(scores, scratch []float32, k int) []int32 {
	cut := kth(scratch[:copy(scratch, scores)], k)
	out := make([]int32, 0, k)
	for row, score := range scores {
		if score > cut {
			out = append(out, int32(row))
		}
	}
	for row, score := range scores {
		if score == cut && len(out) < k {
			out = append(out, int32(row))
		}
	}
	slices.SortFunc(out, func(a, b int32) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return int(a - b)
	})
	return out
}

// overlaps is, for each of ranks (rising, the last at most len(truth)), the share of the first k of
// truth among the k best rows by scores. Where several rows tie for the last places each counts
// with its chance of getting one.
func overlaps(truth []int32, ranks []int, scores, scratch []float32) []float64 {
	out := make([]float64, len(ranks))
	top := leaders(scores, scratch, ranks[len(ranks)-1])
	for i := len(ranks) - 1; i >= 0; i-- {
		k := ranks[i]
		cut, above, ties := kth(top, k), 0, 0
		for _, score := range top {
			if score > cut {
				above++
			} else if score == cut {
				ties++
			}
		}
		chance, found := float64(k-above)/float64(ties), 0.0
		for _, row := range truth[:k] {
			if score := scores[row]; score > cut {
				found++
			} else if score == cut {
				found += chance
			}
		}
		out[i] = found / float64(k)
	}
	return out
}

const (
	sampleEvery = 61 // of the scores that leaders looks at first; odd, so that no pattern of the rows meets it
	sampleSpare = 8  // places of the sample beyond those expected
)

// leaders copies the scores that are no smaller than some bound, at least the k largest and all
// their equals, to scratch: a sample tells a bound that few pass.
func leaders(scores, scratch []float32, k int) []float32 {
	sample := scratch[:0]
	for i := 0; i < len(scores); i += sampleEvery {
		sample = append(sample, scores[i])
	}
	place := k/sampleEvery*5/4 + sampleSpare
	if place >= len(sample) {
		return scratch[:copy(scratch, scores)]
	}
	bound, top := kth(sample, place), scratch[:0]
	for _, score := range scores {
		if score >= bound {
			top = append(top, score)
		}
	}
	if len(top) < k {
		return scratch[:copy(scratch, scores)]
	}
	return top
}

// kth is the k-th largest of s, which it reorders (quickselect).
func kth(s []float32, k int) float32 {
	low, high, at := 0, len(s)-1, k-1
	for low < high {
		pivot := median(s[low], s[(low+high)/2], s[high])
		i, j := low, high
		for i <= j {
			for s[i] > pivot {
				i++
			}
			for s[j] < pivot {
				j--
			}
			if i <= j {
				s[i], s[j] = s[j], s[i]
				i++
				j--
			}
		}
		switch {
		case at <= j:
			high = j
		case at >= i:
			low = i
		default:
			return s[at]
		}
	}
	return s[at]
}

func median(a, b, c float32) float32 {
	return max(min(a, b), min(max(a, b), c))
}
