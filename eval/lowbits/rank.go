package lowbits

import "slices"

// best is the rows of the k largest scores, largest first, equal ones by row. scratch is overwritten.
func best(scores, scratch []float32, k int) []int32 {
	cut := kth(scores, scratch, k)
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

// overlap is the share of truth among the len(truth) best rows by scores. Where several rows tie for the last places each
// counts with its chance of getting one.
func overlap(truth []int32, scores, scratch []float32) float64 {
	cut := kth(scores, scratch, len(truth))
	above, ties := 0, 0
	for _, score := range scores {
		if score > cut {
			above++
		} else if score == cut {
			ties++
		}
	}
	chance, found := float64(len(truth)-above)/float64(ties), 0.0
	for _, row := range truth {
		if score := scores[row]; score > cut {
			found++
		} else if score == cut {
			found += chance
		}
	}
	return found / float64(len(truth))
}

// kth is the k-th largest score (quickselect on a copy in scratch).
func kth(scores, scratch []float32, k int) float32 {
	s := scratch[:copy(scratch, scores)]
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
