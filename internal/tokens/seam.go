package tokens

import "unicode/utf8"

// Additive reports whether a and b are sure to cost together what they cost
// apart: in every vocabulary of this package Count(a+b) == Count(a)+Count(b),
// and the ids are those of a followed by those of b. It looks at the last
// character of a and the first of b:
//
//	a ends with        b may begin with
//	\r or \n           anything but white space and a slash
//	a letter           anything but a letter, a mark and an apostrophe
//	a digit            anything but a digit
//	other characters   white space but \r and \n; a digit
//	other white space  nothing
//
// (a digit is any \p{N}; an invalid byte is an "other character"). It may be
// false of texts that happen to add up; where the table has no entry there are
// some that do not. The empty text adds up with any other.
//
// So passages of which each begins with, say, "[" and ends with "\n" can be
// counted once each, and every window made of them is the sum.
//
// Why it holds: the expressions never look back, so b is split in a+b as it is
// alone if a piece ends where a does. And in every pair of the table the rule
// that takes a's last character stops before b's first for the same reason as
// at the end of the text. That rule is, for a line's end, one of the two that
// take line ends, and of these only o200k_base's fourth goes on, at a slash,
// while white space goes on in both; a letter is in a word, which goes on with
// letters, marks and contractions; and so forth. The one look ahead, \s+(?!\S),
// needs white space at a's end that is not a line's end.
func Additive[T string | []byte](a, b T) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(string(a[max(0, len(a)-utf8.UTFMax):]))
	first, _ := utf8.DecodeRuneInString(string(b[:min(len(b), utf8.UTFMax)]))
	right := classify(first)
	switch left := classify(last); {
	case left&newline != 0:
		return right&(newline|blank) == 0 && first != '/'
	case left&letter != 0:
		return right&(letter|upper|lower) == 0 && first != '\''
	case left&number != 0:
		return right&number == 0
	case left&other != 0:
		return right&(blank|number) != 0
	}
	return false
}
