package lexical

import (
	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// stemCacheWords bounds the cache of stems; a full cache is emptied.
const stemCacheWords = 1 << 16

// stemmer is Snowball's English stemmer (Porter 2) behind a cache: the generated stemmer takes
// about a microsecond a word.
type stemmer struct {
	cache  map[string][]byte
	env    *snowballstem.Env
	asked  int // words
	misses int // of them, not in the cache
}

// stem returns the stem of a folded word, or the word itself when there is nothing to take off.
func (s *stemmer) stem(term []byte) []byte {
	if len(term) < 3 {
		return term
	}
	s.asked++
	if stem, ok := s.cache[string(term)]; ok {
		if stem == nil {
			return term
		}
		return stem
	}
	return s.missed(term)
}

func (s *stemmer) missed(term []byte) []byte {
	s.misses++
	if s.cache == nil {
		s.cache, s.env = make(map[string][]byte), snowballstem.NewEnv("")
	}
	if len(s.cache) >= stemCacheWords {
		clear(s.cache)
	}
	word := string(term)
	s.env.SetCurrent(word)
	english.Stem(s.env)
	stem := s.env.Current()
	if stem == word || stem == "" {
		s.cache[word] = nil
		return term
	}
	s.cache[word] = []byte(stem)
	return s.cache[word]
}
