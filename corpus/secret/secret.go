// Package secret finds what looks like a credential in a text, so that it can be cut out before the
// text is stored. It belongs to stage 0 and knows nothing of documents: a name and bytes go in,
// stretches of bytes come out.
//
//	secret.go  what is found, and how it is cut
//	scan.go    one pass over the text, which stops where a rule may apply
//	token.go   what issuers begin their tokens with
//	block.go   private keys
//	pair.go    key = value
//	value.go   whether a value looks like a credential
//	list.go    files whose name says that they hold secrets
//	kube.go    manifests of Kubernetes secrets
//	name.go    what a name alone says
//
// The content decides. A name only lowers what a value must have to count, and keeps files out that
// are keys and nothing else. It is a net under mistakes and not a wall.
package secret

import (
	"bytes"
	"cmp"
	"slices"
)

// Version is the version of the rules. A store that was filled under other rules reads its
// documents again.
const Version = 2

// Span is one secret, half-open. From is where what announces it begins: the prefix of a token, the
// first line of a key.
type Span struct{ From, Start, End int }

// Mask is what takes the place of each byte that is cut: no word, and no blank that could be taken
// for an empty value.
const Mask = '*'

// Find returns the secrets of a text, in order and apart from each other. The path is that of its
// document and may be empty.
func Find(path string, text []byte) []Span {
	f := &finder{text: text, file: fileOf(path)}
	if bytes.HasPrefix(text, []byte("#!")) {
		f.file = file{kind: program}
	}
	f.scan()
	f.logins()
	if f.file.suspect {
		f.lines()
	}
	f.manifests()
	return f.merged()
}

// finder is one run of Find.
type finder struct {
	text  []byte
	file  file
	found []Span
	kube  bool // the word of a manifest stands somewhere
}

// add notes a secret.
func (f *finder) add(from, start, end int) {
	if start < end {
		f.found = append(f.found, Span{from, start, end})
	}
}

// merged orders what was found; what two rules found is one secret.
func (f *finder) merged() []Span {
	slices.SortFunc(f.found, func(a, b Span) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End)) })
	var all []Span
	for _, s := range f.found {
		if n := len(all); n > 0 && s.Start <= all[n-1].End {
			all[n-1].End = max(all[n-1].End, s.End)
			all[n-1].From = min(all[n-1].From, s.From)
			continue
		}
		all = append(all, s)
	}
	return all
}

// Cut overwrites what Find found in a text. Line ends, blanks and quotes stay, and every other byte
// becomes Mask, so that each offset and line means what it meant.
func Cut(text []byte, secrets []Span) {
	for _, s := range secrets {
		mask(text[s.Start:s.End])
	}
}

func mask(b []byte) {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\n', '\r', '\t', ' ', '"', '\'', '`':
		case '\\': // the escaped line ends of a key in one line
			if i+1 < len(b) && (b[i+1] == 'n' || b[i+1] == 'r') {
				i++
				continue
			}
			b[i] = Mask
		default:
			b[i] = Mask
		}
	}
}

// NothingElse tells that a text, not yet cut, says nothing beside its secrets and the lines that
// frame them.
func NothingElse(text []byte, secrets []Span) bool {
	next := 0
	for start := 0; start < len(text); {
		end := len(text)
		if i := bytes.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i
		}
		frame := bytes.HasPrefix(bytes.TrimSpace(text[start:end]), []byte("----"))
		for i := start; i < end; i++ {
			for next < len(secrets) && i >= secrets[next].End {
				next++
			}
			if next < len(secrets) && i >= secrets[next].From {
				i = min(end, secrets[next].End) - 1
				continue
			}
			if !frame && (isAlnum[text[i]] || text[i] >= 0x80) {
				return false
			}
		}
		start = end + 1
	}
	return true
}
