package judge

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"sluice/index"
)

// A question that is one identifier asks for what it names: the definition comes first, then the
// declarations, then the uses, and what only shares a stem or a part with it behind them.

// named is the identifier that a question is.
type named struct {
	name  string
	folds bool     // it was asked in small letters and one word: HashMap is hashmap
	term  int      // of the question, that the whole identifier is
	forms []string // stems under which the term is found
}

// askingWords stand around an identifier that is asked for.
var askingWords = map[string]bool{"where": true, "is": true, "the": true, "of": true, "a": true, "what": true, "does": true, "do": true, "show": true, "find": true,
	"struct": true, "union": true, "enum": true, "class": true, "func": true, "function": true, "fn": true, "def": true, "macro": true, "define": true, "#define": true,
	"type": true, "typedef": true, "interface": true, "trait": true, "method": true, "const": true, "constant": true, "variable": true, "symbol": true,
	"defined": true, "definition": true, "declared": true, "declaration": true, "implemented": true, "implementation": true}

// nameIn finds the identifier that a question asks for: the question itself, or what stands among
// words that ask for a definition. alone says that nothing else was said.
func nameIn(question string) (name string, alone, ok bool) {
	words := strings.Fields(strings.Trim(strings.TrimSpace(question), "?.;`\"'"))
	for _, w := range words {
		if len(words) > 1 && askingWords[strings.ToLower(w)] {
			continue
		}
		if name != "" {
			return "", false, false
		}
		name = strings.Trim(w, "`\"'?;,")
	}
	called := false
	if i := strings.IndexByte(name, '('); i > 0 && strings.HasSuffix(name, ")") {
		name, called = name[:i], true
	}
	for _, sep := range []string{"::", "->", "."} {
		if i := strings.LastIndex(name, sep); i > 0 && (called || sep != ".") {
			name = name[i+len(sep):]
		}
	}
	if name == "" || !isIdentifier(name) {
		return "", false, false
	}
	return name, len(words) == 1, true
}

func isIdentifier(s string) bool {
	for i, r := range s {
		if r != '_' && r != '$' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return true
}

// named tells whether the question is an identifier, and which of its terms that is.
func (r *judging) named() (n named, ok bool) {
	name, alone, ok := nameIn(r.q.Text)
	if !ok || len(r.q.Phrases) > 0 {
		return n, false
	}
	tokens := index.NewAnalyzer().Tokens(nil, []byte(name))
	if len(tokens) == 0 {
		return n, false
	}
	plain := strings.IndexFunc(name, func(r rune) bool { return r == '_' || unicode.IsUpper(r) }) < 0
	if plain && !alone { // "what does schedule do" is not about the letters
		return n, false
	}
	at := slices.IndexFunc(r.terms, func(t index.Term) bool { return t.Text == string(tokens[0].Term) })
	if at < 0 {
		return n, false
	}
	return named{name: name, folds: plain, term: at, forms: append([]string{r.terms[at].Stem}, r.terms[at].Forms...)}, true
}

// symbolsMax bounds how many passages are read because their symbols may be what is asked for.
const symbolsMax = 2048

// promote brings what may define the name to the front, where it is read: the passages whose
// symbols or headings hold it, the best first.
func (r *judging) promote(ctx context.Context, order []scored, n named) (promoted []scored, count int, err error) {
	var held []index.Place
	var at []int
	for i := range order {
		if order[i].Terms>>n.term&1 != 0 {
			held, at = append(held, order[i].Place), append(at, i)
		}
	}
	keys := [][]byte{r.terms[n.term].Title}
	for _, also := range r.terms[n.term].Also {
		keys = append(keys, also.Title)
	}
	front := make([]bool, len(order))
	for i := range order[:min(r.o.Read, len(order))] {
		front[i] = true
	}
	bad, err := r.Index.Mark(ctx, keys, held, func(_, i int) { front[at[i]] = true })
	r.stats.Miss(bad...)
	if err != nil {
		return nil, 0, err
	}
	promoted = make([]scored, 0, len(order))
	for i := range order {
		if front[i] {
			promoted = append(promoted, order[i])
		}
	}
	count = min(len(promoted), r.o.Read+symbolsMax)
	for i := range order {
		if !front[i] {
			promoted = append(promoted, order[i])
		}
	}
	return promoted, count, nil
}

// byName puts what was read into the order of what it is to the name; alike ones keep theirs. Its
// scores tell the same.
func byName(read []scored) {
	slices.SortStableFunc(read, func(a, b scored) int { return cmp.Compare(b.rank, a.rank) })
	for i := range read {
		bonus := int64(read[i].rank) * rankBonus
		read[i].head, read[i].tail = read[i].head+bonus, read[i].tail+bonus
	}
}

// rankBonus is more than any score of a passage.
const rankBonus = 64 * fixedOne

// rank is what a text is to the name: what it does with it, and whether it is written as asked.
func (n *named) rank(body []byte, tokens []index.Token) (best nameRank) {
	for i := range tokens {
		t := &tokens[i]
		if !slices.Contains(n.forms, string(t.Stem)) {
			continue
		}
		start, end := identifierAt(body, t.Start, t.End)
		exact := string(body[start:end]) == n.name
		if !exact && !n.alike(body[start:end]) {
			continue
		}
		rank := useAt(body, start, end)
		if exact {
			rank += asWritten
		}
		if best = max(best, rank); best == defines+asWritten {
			break
		}
	}
	return best
}

// alike tells whether an identifier is the name but for capitals and what joins its words.
func (n *named) alike(identifier []byte) bool {
	return n.folds && identifier[0] != '_' && strings.EqualFold(strings.ReplaceAll(string(identifier), "_", ""), n.name)
}

// identifierAt widens a word to the identifier that it stands in.
func identifierAt(body []byte, start, end int) (int, int) {
	for start > 0 && isNameByte(body[start-1]) {
		start--
	}
	for end < len(body) && isNameByte(body[end]) {
		end++
	}
	return start, end
}

func isNameByte(b byte) bool {
	return b == '_' || b == '$' || b-'0' < 10 || b|0x20-'a' < 26 || b >= 0x80
}

// proseKinds are documents that quote code: what they define is an example.
var proseKinds = map[string]bool{"markdown": true, "rst": true, "asciidoc": true, "text": true, "org": true, "tex": true, "html": true, "": true,
	"pdf": true, "docx": true, "odt": true, "rtf": true, "epub": true, "pptx": true, "odp": true}

// quoted makes a definition in prose a declaration.
func (r *judging) quoted(s *scored) error {
	if s.rank < defines {
		return nil
	}
	p, err := r.Index.Passage(s.Place)
	if _, damaged := index.Unreadable(err); damaged {
		return nil
	}
	if err == nil && proseKinds[p.Type] {
		s.rank += declares - defines
	}
	return err
}

// trimmedLine is the part of the line before at, without white space around it, and whether the
// line begins at once.
func trimmedLine(body []byte, at int) (before string, flush bool) {
	line := body[bytes.LastIndexByte(body[:at], '\n')+1 : at]
	return string(bytes.TrimSpace(line)), len(line) == 0 || line[0] != ' ' && line[0] != '\t'
}
