package lexical

// Tags open a key and say which kind of list it names.
const (
	TagStem  = 's' // followed by a language tag of two letters
	TagExact = 'x'
	TagTitle = 't'
	TagPath  = 'p'
)

// langEnglish names the stemmer that made a stem. Another language's stems would be other keys.
const langEnglish = "en"

// TermBytesMax is how much of an endless word is kept; what follows it is dropped.
const TermBytesMax = 64

// keyBytesMax is the longest key: a tag, a language tag and a term.
const keyBytesMax = 1 + len(langEnglish) + TermBytesMax

// StemKey appends the key of the list of a stem to dst.
func StemKey(dst, stem []byte) []byte {
	dst = append(dst, TagStem)
	dst = append(dst, langEnglish...)
	return append(dst, stem...)
}

// ExactKey appends the key of the list of an exact form to dst.
func ExactKey(dst, term []byte) []byte { return append(append(dst, TagExact), term...) }

// WordOf is the word that a key's list is about, as messages name it.
func WordOf(key []byte) string {
	switch {
	case len(key) > len(langEnglish) && key[0] == TagStem:
		return string(key[1+len(langEnglish):])
	case len(key) > 0:
		return string(key[1:])
	}
	return ""
}

// TitleKey appends the key of the list of a stem in titles and symbols to dst.
func TitleKey(dst, stem []byte) []byte { return append(append(dst, TagTitle), stem...) }

// PathKey appends the key of the list of a stem in paths to dst.
func PathKey(dst, stem []byte) []byte { return append(append(dst, TagPath), stem...) }
