package tokens

import "unicode/utf8"

// nextWide is next for any text, rule by rule in the expressions' order.
func (s *splitter) nextWide(text []byte, start int) int {
	if s.cased {
		if end := s.casedWord(text, start); end > 0 {
			return end + contractionAt(text, end)
		}
	} else {
		if n := contraction(text, start); n > 0 {
			return start + n
		}
		if end := s.plainWord(text, start); end > 0 {
			return end
		}
	}
	switch c, _ := s.at(text, start); {
	case c&number != 0:
		return s.number(text, start)
	case c&other != 0:
		return lineEnds(text, s.run(text, start, other), s.cased)
	}
	if text[start] == ' ' {
		if end := s.run(text, start+1, other); end > start+1 {
			return lineEnds(text, end, s.cased)
		}
	}
	return s.space(text, start)
}

func contractionAt(text []byte, i int) int {
	if i == len(text) {
		return 0
	}
	return contraction(text, i)
}

// at returns the class and the length of the character at i; 0, 0 at the end.
func (s *splitter) at(text []byte, i int) (class, int) {
	if i >= len(text) {
		return 0, 0
	}
	if b := text[i]; b < utf8.RuneSelf {
		return ascii[b], 1
	}
	r, n := utf8.DecodeRune(text[i:])
	if r < wideRunes {
		return s.wide[r], n
	}
	return classify(r), n
}

// run returns the end of the characters from i on that are of any of the classes.
func (s *splitter) run(text []byte, i int, classes class) int {
	for {
		c, n := s.at(text, i)
		if c&classes == 0 {
			return i
		}
		i += n
	}
}

// casedWord is the first two rules of o200k_base without the contraction, or 0.
// In the order of backtracking: a prefix is tried before none, and the rule
// that wants a lower letter at the end before the one that does not.
func (s *splitter) casedWord(text []byte, start int) int {
	c, n := s.at(text, start)
	if c&prefix != 0 {
		if end := s.lowerEnding(text, start+n); end > 0 {
			return end
		}
	}
	if end := s.lowerEnding(text, start); end > 0 {
		return end
	}
	if c&prefix != 0 {
		if end := s.run(text, start+n, upper); end > start+n {
			return end
		}
	}
	if end := s.run(text, start, upper); end > start {
		return end
	}
	return 0
}

// lowerEnding is [upper]*[lower]+ at i, or 0: both are greedy, and where no
// lower letter follows the upper run, that run gives back what is after the
// last of its characters that are both (those without case, and marks).
func (s *splitter) lowerEnding(text []byte, i int) int {
	both := 0
	for {
		c, n := s.at(text, i)
		if c&upper == 0 {
			break
		}
		i += n
		if c&lower != 0 {
			both = i
		}
	}
	if end := s.run(text, i, lower); end > i {
		return end
	}
	return both
}

// plainWord is the second rule of cl100k_base, or 0.
func (s *splitter) plainWord(text []byte, start int) int {
	first := start
	if c, n := s.at(text, start); c&prefix != 0 {
		first += n
	}
	if end := s.run(text, first, letter); end > first {
		return end
	}
	return 0
}

func (s *splitter) number(text []byte, i int) int {
	for range 3 {
		c, n := s.at(text, i)
		if c&number == 0 {
			break
		}
		i += n
	}
	return i
}

// space is the last three rules: to the last line's end in the run; without
// one, all of it at the end of the text, else all but the last character,
// which is left to be the next word's prefix.
func (s *splitter) space(text []byte, start int) int {
	i, last, lines := start, start, 0
	for {
		c, n := s.at(text, i)
		if c&(blank|newline) == 0 {
			break
		}
		last = i
		i += n
		if c == newline {
			lines = i
		}
	}
	switch {
	case lines > 0:
		return lines
	case i == len(text) || last == start:
		return i
	}
	return last
}
