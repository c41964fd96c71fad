package judge

import (
	"bytes"
	"strings"
)

// nameRank is what a passage does with an identifier. More is better.
type nameRank int8

const (
	asWritten nameRank = 1 // is added where it stands in the very form that was asked for
	uses      nameRank = 2 // it holds it
	declares  nameRank = 4 // says that it is there: a prototype, extern, a forward declaration
	defines   nameRank = 6 // says what it is
)

// The words that stand before a name where it is defined, in the languages that anybody uses. What
// defines is told by a few bytes around the name, whatever the language: a passage is a piece of a
// file, and a parser would have to guess the rest of it.
var (
	typeWords = wordSet("struct union enum class interface trait record protocol object module namespace")
	funcWords = wordSet("func fn def function fun sub proc procedure macro_rules! defun defn defmacro type")
	bindWords = wordSet("const let var val static define")
	notTypes  = wordSet("return else goto case if while for switch sizeof new throw await yield in not and or do typeof defer go delete assert elif until unless")
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// useAt tells what a text does with the identifier body[start:end].
func useAt(body []byte, start, end int) nameRank {
	before, flush := trimmedLine(body, start)
	rest := body[end:]
	if isComment(before) {
		return uses
	}
	last := before[strings.LastIndexAny(before, " \t")+1:]
	switch next := nextByte(rest); {
	case isDefineLine(before):
		return defines
	case strings.HasPrefix(before, "typedef ") && next == ';', flush && before == "}" && next == ';':
		return defines
	case typeWords[last]:
		return typeAt(last, rest)
	case funcWords[last], strings.HasPrefix(before, "func (") && strings.HasSuffix(before, ")"):
		return defines
	case bindWords[last] && next != '(':
		return defines
	case strings.HasPrefix(before, "DEFINE_") || strings.Contains(before, "SYSCALL_DEFINE") && strings.HasSuffix(before, "("):
		return defines
	case strings.HasPrefix(before, "DECLARE_"):
		return declares
	case next == '(':
		return callAt(before, flush, rest)
	case bytes.HasPrefix(bytes.TrimLeft(rest, " "), []byte("==")):
		return uses
	case flush && (isTypes(before) && strings.IndexByte(";=[,", next) >= 0 || before == "" && next == '='):
		return variableAt(before, next)
	case (next == ',' || next == '=' || next == '}' || next == 0) && before == "" && inEnum(body[:start]):
		return defines
	}
	return uses
}

func isComment(before string) bool {
	return strings.HasPrefix(before, "*") || strings.Contains(before, "//") || strings.Contains(before, "/*") && !strings.Contains(before, "*/")
}

// isDefineLine tells of what stands before a name whether it is "#define".
func isDefineLine(before string) bool {
	rest, ok := strings.CutPrefix(before, "#")
	return ok && strings.TrimSpace(rest) == "define"
}

// nextByte is the first byte that is no space; 0 at the end.
func nextByte(rest []byte) byte {
	if rest = bytes.TrimLeft(rest, " \t\r\n"); len(rest) > 0 {
		return rest[0]
	}
	return 0
}

// typeAt looks at what follows the name of a type.
func typeAt(word string, rest []byte) nameRank {
	rest = rest[:min(len(rest), headBytes)]
	for i, b := range rest {
		switch {
		case b == '{':
			return defines
		case b == ';' && len(bytes.TrimSpace(rest[:i])) == 0:
			return declares
		case b == ':' && (word == "class" || word == "enum" || word == "struct"), b == '(' && (word == "class" || word == "record"):
			return defines
		case b == '*' || b == ';' || b == '=' || b == ')' || b == '[' || b == '(':
			return uses
		case b == ',' && (word == "struct" || word == "union"):
			return uses
		case (word == "struct" || word == "union") && isNameByte(b) && !attributes(rest[i:]):
			return uses
		}
	}
	return uses
}

// attributes tells whether nothing but words like __packed stands before a brace.
func attributes(rest []byte) bool {
	head, _, ok := bytes.Cut(rest, []byte("{"))
	return ok && bytes.HasPrefix(head, []byte("__")) && !bytes.ContainsAny(head, ";=)")
}

// headBytes bounds how far the head of a definition is followed.
const headBytes = 1200

// callAt tells a definition from a prototype and a call: after the parentheses comes a brace, or a
// semicolon behind something that can only be a type.
func callAt(before string, flush bool, rest []byte) nameRank {
	typed := before != "" && isTypes(before)
	if before != "" && !typed {
		return uses
	}
	open := bytes.IndexByte(rest, '(')
	end := closing(rest[:min(len(rest), headBytes)], open)
	if end < 0 { // the passage ends in its head
		if typed && flush {
			return defines
		}
		return uses
	}
	switch tail := afterHead(rest[end:]); {
	case tail == '{' && (flush || before == "" || typed):
		return defines
	case tail == 0 && typed && flush:
		return defines
	case tail == ';' && typed && (flush || strings.HasPrefix(before, "virtual") || strings.HasPrefix(before, "extern")):
		return declares
	}
	return uses
}

// closing finds the byte after the bracket that closes the one at open; -1: there is none.
func closing(b []byte, open int) int {
	depth := 0
	for i := max(open, 0); i < len(b); i++ {
		switch b[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// afterHead is what follows the parameters: past comments, attributes and the words that may stand
// there.
func afterHead(rest []byte) byte {
	for i := 0; i < len(rest) && i < headBytes; i++ {
		switch b := rest[i]; {
		case bytes.HasPrefix(rest[i:], []byte("/*")):
			n := bytes.Index(rest[i:], []byte("*/"))
			if n < 0 {
				return 0
			}
			i += n + 1
		case bytes.HasPrefix(rest[i:], []byte("->")):
			i++
		case b == '(':
			end := closing(rest[i:], 0)
			if end < 0 {
				return 0
			}
			i += end - 1
		case b == ' ' || b == '\t' || b == '\r' || b == '\n' || isNameByte(b) || b == ':' || b == '<' || b == '>' || b == '&' || b == '*':
		default:
			return b
		}
	}
	return 0
}

// isTypes tells whether what stands before a name can be its type: words, stars and angle brackets,
// of which none is a word of a statement.
func isTypes(before string) bool {
	for i := range len(before) {
		if b := before[i]; !isNameByte(b) && !strings.ContainsRune(" \t*&<>,:[]~@", rune(b)) {
			return false
		}
	}
	for _, w := range strings.Fields(before) {
		if notTypes[w] {
			return false
		}
	}
	return before != "" && !strings.HasSuffix(before, ",") && !strings.HasSuffix(before, ".")
}

// variableAt is a variable of the file.
func variableAt(before string, next byte) nameRank {
	if strings.HasPrefix(before, "extern") || next == ',' {
		return declares
	}
	return defines
}

// inEnum tells whether a text breaks off inside the braces of an enumeration.
func inEnum(body []byte) bool {
	i := bytes.LastIndex(body, []byte("enum"))
	return i >= 0 && bytes.IndexByte(body[i:], '{') >= 0 && bytes.IndexByte(body[i:], '}') < 0
}
