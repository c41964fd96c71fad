package chunk

import "strings"

// Features of a brace language, as flags of its row.
const (
	preprocessor  = 1 << iota // #if, #define, backslash at a line's end
	newlineEnds               // a statement ends with its line where no bracket is open
	nestedFuncs               // functions are declared in functions
	keywordFuncs              // only what follows a keyword is a function
	lifetimes                 // ' also marks names: Rust
	nestedRemarks             // comments nest
	multiline                 // strings in double quotes go over line ends
	tripleQuotes              // """text blocks"""
	rawBacktick               // `raw string`
	templates                 // `text ${code}`
	regexes                   // /regular expressions/
	rawR                      // R"x(text)x"
	rawHashes                 // r#"text"#
	constructors              // a colon between a function's parameters and its body
	properties                // name: function, name = () => value
)

// wordKind is what a word means in front of an opening brace.
type wordKind uint8

const (
	wordControl   wordKind = iota + 1 // a statement, no declaration
	wordType                          // the name of a type follows
	wordNamespace                     // the name of a namespace follows, or none
	wordFunc                          // the name of a function follows
	wordSkip                          // belongs to a declaration, is never its name
	wordImpl                          // methods of a type follow
	wordFor                           // impl TRAIT for TYPE
	wordExtern                        // extern "C"
	wordOperator                      // the name is an operator
	wordMacro                         // macro_rules! NAME
)

// braceLang is one language that nests by braces: a row of the table below.
type braceLang struct {
	flags int
	words map[string]wordKind
	class [256]uint8
}

func (l *braceLang) has(flag int) bool { return l.flags&flag != 0 }

const (
	controlC = "if else for while do switch case default return goto sizeof"
	controlJ = controlC + " try catch finally throw new assert yield"
	controlS = controlC + " try catch finally throw new with delete typeof await yield import in of instanceof"
	skipC    = "const volatile static inline register restrict"
)

// braceLangs is the table: one row a language.
var braceLangs = map[string]*braceLang{
	"c": row(preprocessor, words{
		wordControl: controlC,
		wordType:    "struct union enum",
		wordExtern:  "extern",
		wordSkip:    skipC,
	}),
	"cpp": row(preprocessor|rawR|constructors, words{
		wordControl:   controlC + " try catch throw new delete co_return co_await",
		wordType:      "struct union enum class concept",
		wordNamespace: "namespace",
		wordExtern:    "extern",
		wordOperator:  "operator",
		wordSkip:      skipC + " final override noexcept constexpr consteval requires decltype alignas explicit throws",
	}),
	"go": row(newlineEnds|keywordFuncs|rawBacktick, words{
		wordControl: "if for switch select go defer return",
		wordType:    "type",
		wordFunc:    "func",
	}),
	"java": row(tripleQuotes, words{
		wordControl: controlJ,
		wordType:    "class interface enum record @interface",
		wordSkip:    "public private protected static final abstract native strictfp synchronized throws default sealed",
	}),
	"javascript": row(newlineEnds|nestedFuncs|templates|regexes|properties, words{
		wordControl: controlS,
		wordType:    "class",
		wordFunc:    "function",
		wordSkip:    "async static get set export default const let var",
	}),
	"typescript": row(newlineEnds|nestedFuncs|templates|regexes|properties|constructors, words{
		wordControl:   controlS,
		wordType:      "class interface enum type",
		wordNamespace: "namespace module global",
		wordFunc:      "function",
		wordSkip:      "async static get set export default const let var public private protected readonly abstract override declare",
	}),
	"rust": row(nestedFuncs|keywordFuncs|lifetimes|nestedRemarks|multiline|rawHashes, words{
		wordType:      "struct enum union trait",
		wordNamespace: "mod",
		wordFunc:      "fn",
		wordImpl:      "impl",
		wordFor:       "for",
		wordExtern:    "extern",
		wordMacro:     "macro_rules",
	}),
}

type words map[wordKind]string

// row makes a language of its features and words.
func row(flags int, w words) *braceLang {
	l := &braceLang{flags: flags, words: make(map[string]wordKind)}
	for kind := wordControl; kind <= wordMacro; kind++ { // in order: a word with two meanings has the later one
		for word := range strings.FieldsSeq(w[kind]) {
			l.words[word] = kind
		}
	}
	l.class = [256]uint8{
		'\n': classNewline, '{': classOpen, '}': classClose, '(': classParen, '[': classParen,
		')': classUnparen, ']': classUnparen, ';': classEnd, '"': classQuote, '\'': classTick, '/': classSlash,
	}
	if flags&(rawBacktick|templates) != 0 {
		l.class['`'] = classBacktick
	}
	return l
}

// Classes of bytes: what stops the scanner's inner loop.
const (
	classPlain uint8 = iota
	classNewline
	classOpen
	classClose
	classParen
	classUnparen
	classEnd
	classQuote
	classTick
	classSlash
	classBacktick
)
