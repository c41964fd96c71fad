package answer

import "slices"

// choose takes sentences greedily by maximal marginal relevance (Carbonell and Goldstein, SIGIR
// 1998), from the best on: what a sentence repeats of those already taken counts against it. A
// sentence that says the same as one already taken lends it its citation.
func choose(all []*candidate) []*candidate {
	var chosen []*candidate
	taken := make([]bool, len(all))
	for len(chosen) < sentencesMax {
		best, bestScore := -1, 0.0
		for i, c := range all {
			if taken[i] || len(chosen) > 0 && (c.own == 0 || c.own < ownMin*chosen[0].own) {
				continue
			}
			if c.score <= bestScore {
				break // sorted: none further down can be better, penalties only subtract
			}
			score := c.score
			if o, same := overlap(c, chosen); same != nil {
				cite(same, c)
				taken[i] = true
				continue
			} else {
				score *= 1 - mmrPenalty*o
			}
			if score > bestScore {
				best, bestScore = i, score
			}
		}
		if best < 0 || len(chosen) > 0 && bestScore < tailMin*all[0].score {
			break
		}
		taken[best] = true
		chosen = append(chosen, all[best])
	}
	return chosen
}

// overlap is how much of c the most similar of chosen holds; same is that sentence when it says the
// same.
func overlap(c *candidate, chosen []*candidate) (most float64, same *candidate) {
	for _, o := range chosen {
		shared := 0
		for t := range c.terms {
			if o.terms[t] {
				shared++
			}
		}
		union := len(c.terms) + len(o.terms) - shared
		jaccard := float64(shared) / float64(max(union, 1))
		if jaccard >= sameMin {
			return 1, o
		}
		most = max(most, jaccard)
	}
	return most, nil
}

func cite(c, other *candidate) {
	for _, n := range other.citations {
		if !slices.Contains(c.citations, n) {
			c.citations = append(c.citations, n)
		}
	}
}
