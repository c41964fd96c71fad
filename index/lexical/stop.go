package lexical

// stopWords is Lucene's English list (EnglishAnalyzer.ENGLISH_STOP_WORDS_SET).
var stopWords = map[string]bool{"a": true, "an": true, "and": true, "are": true, "as": true, "at": true,
	"be": true, "but": true, "by": true, "for": true, "if": true, "in": true, "into": true, "is": true,
	"it": true, "no": true, "not": true, "of": true, "on": true, "or": true, "such": true, "that": true,
	"the": true, "their": true, "then": true, "there": true, "these": true, "they": true, "this": true,
	"to": true, "was": true, "will": true, "with": true}

// stopBytesMax is the length of the longest stop word.
const stopBytesMax = 5

// isStop tells whether a folded word is a stop word.
func isStop(term []byte) bool { return len(term) <= stopBytesMax && stopWords[string(term)] }
